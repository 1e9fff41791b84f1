//! Trees by hand, and what must hold of any tree.

use lynceus_trees::{Column, Forest, Matrix, Node};
use proptest::prelude::*;

fn split(input: usize, threshold: f64, left: usize, right: usize, cover: f64) -> Node {
    Node::Split {
        input,
        threshold,
        left,
        right,
        missing_left: false,
        cover,
    }
}

fn leaf(value: f64, cover: f64) -> Node {
    Node::Leaf {
        output: 0,
        values: vec![value],
        cover,
    }
}

fn scores(forest: &Forest, rows: &[Vec<f32>], threads: usize) -> Vec<f64> {
    with_matrix(rows, forest.inputs(), |matrix| {
        forest.scores(matrix, threads)
    })
}

fn with_matrix<T>(rows: &[Vec<f32>], inputs: usize, run: impl FnOnce(&Matrix) -> T) -> T {
    let columns: Vec<Vec<f32>> = (0..inputs)
        .map(|input| rows.iter().map(|row| row[input]).collect())
        .collect();
    let columns = columns.iter().map(|values| Column {
        values,
        known: None,
    });
    run(&Matrix::new(columns.collect(), rows.len()).expect("columns of one length"))
}

#[test]
fn rows_at_the_threshold_go_left() {
    let tree = vec![split(0, 0.1, 1, 2, 10.0), leaf(1.0, 4.0), leaf(2.0, 6.0)];
    let forest = Forest::new(&[tree], 1, 1).unwrap();
    // 0.1 as Float32 lies above 0.1 as Float64, the one before it does not.
    let before = f32::from_bits(0.1f32.to_bits() - 1);
    let rows = [before, 0.1, -1.0, f32::INFINITY].map(|value| vec![value]);
    assert_eq!(scores(&forest, &rows, 1), [1.0, 2.0, 1.0, 2.0]);
    for (threshold, value, told) in [(-0.1, -0.1f32, 1.0), (-1e-300, 0.0, 2.0), (1e300, 9.0, 1.0)] {
        let tree = vec![
            split(0, threshold, 1, 2, 2.0),
            leaf(1.0, 1.0),
            leaf(2.0, 1.0),
        ];
        let forest = Forest::new(&[tree], 1, 1).unwrap();
        assert_eq!(scores(&forest, &[vec![value]], 1), [told], "{threshold}");
    }
}

#[test]
fn unknown_values_go_where_they_were_sent_in_training() {
    for (missing_left, value) in [(true, 1.0), (false, 2.0)] {
        let root = Node::Split {
            input: 0,
            threshold: 5.0,
            left: 1,
            right: 2,
            missing_left,
            cover: 2.0,
        };
        let forest = Forest::new(&[vec![root, leaf(1.0, 1.0), leaf(2.0, 1.0)]], 1, 1).unwrap();
        for rows in [1, 40] {
            let unknown = vec![vec![f32::NAN]; rows];
            assert_eq!(scores(&forest, &unknown, 1), vec![value; rows]);
        }
        let column = Column {
            values: &[9.0, 9.0],
            known: Some(&[true, false]),
        };
        let matrix = Matrix::new(vec![column], 2).unwrap();
        assert_eq!(forest.scores(&matrix, 1), [2.0, value]);
    }
}

#[test]
fn leaves_may_add_to_several_outputs() {
    let both = |values: [f64; 2]| Node::Leaf {
        output: 1,
        values: values.to_vec(),
        cover: 1.0,
    };
    let root = split(1, 0.0, 1, 2, 2.0);
    let tree = vec![root, both([0.25, 0.75]), both([1.0, 0.0])];
    let forest = Forest::new(&[tree, vec![leaf(0.5, 1.0)]], 2, 3).unwrap();
    let rows = [vec![9.0, -1.0], vec![9.0, 1.0]];
    let told = [0.5, 0.25, 0.75, 0.5, 1.0, 0.0];
    assert_eq!(scores(&forest, &rows, 1), told);
}

#[test]
fn what_is_no_tree_is_refused() {
    let twice = vec![split(0, 0.0, 1, 1, 2.0), leaf(1.0, 1.0)];
    let backwards = vec![split(0, 0.0, 0, 1, 2.0), leaf(1.0, 1.0)];
    let beyond = vec![split(0, 0.0, 1, 7, 2.0), leaf(1.0, 1.0)];
    let input = vec![split(3, 0.0, 1, 2, 2.0), leaf(1.0, 1.0), leaf(1.0, 1.0)];
    let loose = vec![leaf(1.0, 1.0), leaf(1.0, 1.0)];
    let nan = vec![leaf(f64::NAN, 1.0)];
    let no_cover = vec![leaf(1.0, 0.0)];
    for nodes in [
        vec![],
        twice,
        backwards,
        beyond,
        input,
        loose,
        nan,
        no_cover,
    ] {
        assert!(
            Forest::new(std::slice::from_ref(&nodes), 2, 1).is_err(),
            "{nodes:?}"
        );
    }
    assert!(Forest::new(&[], 0, 1).is_err());
}

#[test]
fn threads_change_nothing() {
    let tree = vec![split(0, 500.0, 1, 2, 2.0), leaf(1.0, 1.0), leaf(2.0, 1.0)];
    let forest = Forest::new(&[tree], 1, 1).unwrap();
    let rows: Vec<Vec<f32>> = (0..5_000u16).map(|n| vec![f32::from(n % 1_000)]).collect();
    assert_eq!(scores(&forest, &rows, 1), scores(&forest, &rows, 3));
}

/// A tree that halves the whole numbers below `2 ** levels` until each has a leaf, which says it.
fn halving(levels: u32) -> Vec<Node> {
    let mut nodes = Vec::new();
    for level in 0..=levels {
        let width = 1usize << (levels - level);
        for place in 0..1usize << level {
            let first = place * width;
            let left = nodes.len() + (1 << level) + place;
            nodes.push(match width {
                1 => leaf(first as f64, 1.0),
                _ => split(
                    0,
                    (first + width / 2) as f64 - 0.5,
                    left,
                    left + 1,
                    width as f64,
                ),
            });
        }
    }
    nodes
}

#[test]
fn many_rows_find_their_leaves_in_a_tree_that_does_not_stay_near() {
    let forest = Forest::new(&[halving(15)], 1, 1).unwrap();
    let numbers: Vec<f64> = (0..20_011u32)
        .map(|n| f64::from(n * 7_919 % 32_768))
        .collect();
    let rows: Vec<Vec<f32>> = numbers.iter().map(|&number| vec![number as f32]).collect();
    for threads in [1, 2] {
        assert_eq!(scores(&forest, &rows, threads), numbers);
    }
}

/// A tree of random shape over three inputs with fewer splits than told; children stand behind
/// their parents.
fn tree(splits: usize) -> impl Strategy<Value = Vec<Node>> {
    let choices = prop::collection::vec((0usize..3, -2i8..3, any::<bool>(), -5i8..6), 1..splits);
    choices.prop_map(|choices| {
        let mut nodes = vec![leaf(0.0, 1.0)];
        let mut open = vec![0];
        for (input, threshold, missing_left, value) in choices {
            let at = open.remove(0);
            let (left, right) = (nodes.len(), nodes.len() + 1);
            nodes[at] = Node::Split {
                input,
                threshold: f64::from(threshold),
                left,
                right,
                missing_left,
                cover: 0.0,
            };
            nodes.push(leaf(f64::from(value), 0.0));
            nodes.push(leaf(-f64::from(value) / 2.0, 0.0));
            open.extend([left, right]);
        }
        covered(&mut nodes, 0);
        nodes
    })
}

/// Gives each leaf a cover by its place and each split the sum of its children.
fn covered(nodes: &mut [Node], at: usize) -> f64 {
    let sum = match nodes[at] {
        Node::Split { left, right, .. } => covered(nodes, left) + covered(nodes, right),
        Node::Leaf { .. } => (at % 4 + 1) as f64,
    };
    match &mut nodes[at] {
        Node::Split { cover, .. } | Node::Leaf { cover, .. } => *cover = sum,
    }
    sum
}

/// The mean score of a row of which only some inputs are told.
fn partly(nodes: &[Node], at: usize, row: &[f32], told: usize) -> f64 {
    match &nodes[at] {
        Node::Leaf { values, .. } => values[0],
        Node::Split {
            input,
            threshold,
            left,
            right,
            missing_left,
            cover,
        } => {
            if told >> input & 1 == 1 {
                let value = f64::from(row[*input]);
                let goes_left = value <= *threshold || (value.is_nan() && *missing_left);
                return partly(nodes, if goes_left { *left } else { *right }, row, told);
            }
            let share = |child: usize| match &nodes[child] {
                Node::Split { cover: of, .. } | Node::Leaf { cover: of, .. } => of / cover,
            };
            [*left, *right]
                .iter()
                .map(|&child| share(child) * partly(nodes, child, row, told))
                .sum()
        }
    }
}

/// Shapley values by their definition, over all sets of three inputs.
fn shapley(nodes: &[Node], row: &[f32], input: usize) -> f64 {
    let weight = [1.0 / 3.0, 1.0 / 6.0, 1.0 / 3.0];
    (0..8usize)
        .filter(|told| told >> input & 1 == 0)
        .map(|told| {
            let with = partly(nodes, 0, row, told | 1 << input);
            weight[told.count_ones() as usize] * (with - partly(nodes, 0, row, told))
        })
        .sum()
}

fn value() -> impl Strategy<Value = f32> {
    prop_oneof![4 => (-3i8..4).prop_map(f32::from), 1 => Just(f32::NAN)]
}

proptest! {
    #[test]
    fn scores_are_those_of_a_plain_walk(
        trees in prop::collection::vec(prop_oneof![3 => tree(60), 1 => tree(150)], 1..4),
        rows in prop::collection::vec(prop::collection::vec(value(), 3), 1..150),
    ) {
        let forest = Forest::new(&trees, 3, 1).unwrap();
        let plain: Vec<f64> = rows
            .iter()
            .map(|row| trees.iter().map(|nodes| partly(nodes, 0, row, 7)).sum())
            .collect();
        prop_assert_eq!(scores(&forest, &rows, 1), plain);
    }

    #[test]
    fn contributions_are_shapley_values(
        nodes in tree(12),
        row in prop::collection::vec(value(), 3),
    ) {
        let forest = Forest::new(std::slice::from_ref(&nodes), 3, 1).unwrap();
        let rows = [row.clone()];
        let told = with_matrix(&rows, 3, |matrix| forest.contributions(matrix, 0, 1));
        for (input, told) in told.iter().enumerate() {
            prop_assert!((told - shapley(&nodes, &row, input)).abs() < 1e-9);
        }
        let whole = forest.expected(0) + told.iter().sum::<f64>();
        prop_assert!((whole - scores(&forest, &rows, 1)[0]).abs() < 1e-9);
    }
}

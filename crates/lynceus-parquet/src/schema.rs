//! What Parquet calls the columns of an Arrow table.

use arrow_schema::{DataType, Field, Schema};

use crate::thrift::{kind, Struct};

/// How values stand in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Physical {
    /// Truth values.
    Boolean = 0,
    /// Four bytes.
    Int32 = 1,
    /// Eight bytes.
    Int64 = 2,
    /// A real of four bytes.
    Float = 4,
    /// A real of eight bytes.
    Double = 5,
    /// Bytes behind their length.
    ByteArray = 6,
}

/// What the values mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    /// What their type says.
    Plain,
    /// Text in UTF-8.
    Text,
    /// Numbers without a sign, of so many bits.
    Unsigned(i8),
}

/// One column with values: a flat one, or the items of a list.
#[derive(Clone, Debug)]
pub struct Leaf {
    /// Name of the column, and of what is inside a list.
    pub path: Vec<String>,
    /// How values stand in the file.
    pub physical: Physical,
    meaning: Meaning,
}

impl Leaf {
    /// Whether it holds the items of lists.
    pub fn is_list(&self) -> bool {
        self.path.len() > 1
    }
}

/// The columns of a schema; the name of one that cannot be told.
pub fn leaves(schema: &Schema) -> Result<Vec<Leaf>, String> {
    let leaf = |field: &std::sync::Arc<Field>| {
        leaf(field).ok_or_else(|| format!("{}: {}", field.name(), field.data_type()))
    };
    schema.fields().iter().map(leaf).collect()
}

fn leaf(field: &Field) -> Option<Leaf> {
    let name = field.name().clone();
    let (path, values) = match field.data_type() {
        DataType::LargeList(item) => (
            vec![name, "list".to_owned(), "element".to_owned()],
            item.data_type(),
        ),
        flat => (vec![name], flat),
    };
    let (physical, meaning) = match values {
        DataType::Boolean => (Physical::Boolean, Meaning::Plain),
        DataType::UInt8 => (Physical::Int32, Meaning::Unsigned(8)),
        DataType::UInt16 => (Physical::Int32, Meaning::Unsigned(16)),
        DataType::UInt32 => (Physical::Int32, Meaning::Unsigned(32)),
        DataType::UInt64 => (Physical::Int64, Meaning::Unsigned(64)),
        DataType::Int32 => (Physical::Int32, Meaning::Plain),
        DataType::Int64 => (Physical::Int64, Meaning::Plain),
        DataType::Float32 => (Physical::Float, Meaning::Plain),
        DataType::Float64 => (Physical::Double, Meaning::Plain),
        DataType::Utf8View | DataType::LargeUtf8 | DataType::Utf8 => {
            (Physical::ByteArray, Meaning::Text)
        }
        _ => return None,
    };
    Some(Leaf {
        path,
        physical,
        meaning,
    })
}

const REQUIRED: i32 = 0;
const OPTIONAL: i32 = 1;
const REPEATED: i32 = 2;

/// Writes the tree of the columns as field `id` of the footer.
pub fn write(footer: &mut Struct<'_>, id: u8, leaves: &[Leaf]) {
    let root = Node::Root(leaves.len() as i32);
    let nodes: Vec<Node<'_>> = std::iter::once(root)
        .chain(leaves.iter().flat_map(Node::of))
        .collect();
    footer.list(id, kind::STRUCT, nodes.into_iter(), |out, node| {
        Struct::write(out, |element| node.write(element));
    });
}

enum Node<'a> {
    Root(i32),
    List(&'a str),
    Items,
    Values(&'a Leaf),
}

impl Node<'_> {
    fn of(leaf: &Leaf) -> Vec<Node<'_>> {
        match leaf.path.as_slice() {
            [name, _, _] => vec![Node::List(name), Node::Items, Node::Values(leaf)],
            _ => vec![Node::Values(leaf)],
        }
    }

    /// As the structure `SchemaElement`.
    fn write(&self, element: &mut Struct<'_>) {
        match self {
            Node::Root(columns) => {
                element.i32(3, REQUIRED);
                element.binary(4, b"table");
                element.i32(5, *columns);
            }
            Node::List(name) => {
                element.i32(3, OPTIONAL);
                element.binary(4, name.as_bytes());
                element.i32(5, 1);
                element.i32(6, 3);
                element.structure(10, |logical| logical.structure(3, |_| {}));
            }
            Node::Items => {
                element.i32(3, REPEATED);
                element.binary(4, b"list");
                element.i32(5, 1);
            }
            Node::Values(leaf) => {
                element.i32(1, leaf.physical as i32);
                element.i32(3, OPTIONAL);
                element.binary(4, leaf.path.last().map_or(b"", |name| name.as_bytes()));
                match leaf.meaning {
                    Meaning::Plain => {}
                    Meaning::Text => {
                        element.i32(6, 0);
                        element.structure(10, |logical| logical.structure(1, |_| {}));
                    }
                    Meaning::Unsigned(bits) => {
                        // 11 to 14 for 8 to 64 bits.
                        element.i32(6, 8 + bits.trailing_zeros() as i32);
                        element.structure(10, |logical| {
                            logical.structure(10, |integer| {
                                integer.i8(1, bits);
                                integer.truth(2, false);
                            });
                        });
                    }
                }
            }
        }
    }
}

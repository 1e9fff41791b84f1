//! The private module `lynceus._core`: a list of exports, no logic. Its typed face is
//! `src/lynceus/_core.pyi`.

use pyo3::prelude::*;

#[pymodule]
fn _core(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add("__version__", env!("CARGO_PKG_VERSION"))?;
    Ok(())
}

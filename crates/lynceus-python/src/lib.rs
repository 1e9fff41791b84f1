//! The private module `lynceus._core`: a list of exports, no logic. Its typed face is
//! `src/lynceus/_core.pyi`.

mod addresses;
mod column;
mod cut;
mod datagrams;
mod frame;
mod ids;
mod input;
mod interface;
mod parquet;
mod reader;
mod trees;

use pyo3::create_exception;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// Flows and events are many short-lived allocations on several threads.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Index of `purge_delay` among the options of mimalloc 3.
const PURGE_DELAY: libmimalloc_sys::mi_option_t = 15;

/// Keeps memory that was given back: batches come and go by the second, and pages that the system
/// has to clear anew cost a tenth of the whole time.
fn keep_memory() {
    // SAFETY: sets one number that the allocator reads when it frees; any value is allowed.
    #[allow(unsafe_code)]
    unsafe {
        libmimalloc_sys::mi_option_set(PURGE_DELAY, -1);
    }
}

create_exception!(
    _core,
    InputError,
    PyValueError,
    "The input cannot be used; the message names it and says what was expected."
);

/// SHA-256 (hex) of the feature specification this module was built with, in canonical form.
#[pyfunction]
fn spec_hash() -> String {
    lynceus_meter::flow::spec_hash()
}

#[pymodule]
fn _core(m: &Bound<'_, PyModule>) -> PyResult<()> {
    keep_memory();
    m.add("__version__", env!("CARGO_PKG_VERSION"))?;
    m.add("InputError", m.py().get_type::<InputError>())?;
    m.add_class::<reader::CaptureReader>()?;
    m.add_class::<reader::MeterBatch>()?;
    m.add_class::<interface::InterfaceReader>()?;
    m.add_class::<frame::ArrowFrame>()?;
    m.add_class::<parquet::Parquet>()?;
    m.add_class::<datagrams::DatagramReceiver>()?;
    m.add_class::<trees::Forest>()?;
    m.add_function(wrap_pyfunction!(addresses::parse_addresses, m)?)?;
    m.add_function(wrap_pyfunction!(cut::cut_packets, m)?)?;
    m.add_function(wrap_pyfunction!(interface::check_filter, m)?)?;
    m.add_function(wrap_pyfunction!(interface::drop_privileges, m)?)?;
    m.add_function(wrap_pyfunction!(ids::flow_ids, m)?)?;
    m.add_function(wrap_pyfunction!(input::read_head, m)?)?;
    m.add_function(wrap_pyfunction!(input::decompress, m)?)?;
    m.add_function(wrap_pyfunction!(input::inflate, m)?)?;
    m.add_function(wrap_pyfunction!(reader::no_flows, m)?)?;
    m.add_function(wrap_pyfunction!(spec_hash, m)?)?;
    Ok(())
}

//! The program of the page's own thread. It draws; it runs no EVM code.

fn main() {
    console_error_panic_hook::set_once();
    lanevm_web::page::start();
}

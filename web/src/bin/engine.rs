//! The program of every worker. Its name says what it is: the engine that the page speaks to, one of the CPU workers
//! that the engine started, or the one that replays a lane.

fn main() {
    console_error_panic_hook::set_once();
    lanevm_web::engine::start();
}

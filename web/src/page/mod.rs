//! The page: panes that show the session and call its verbs. No pane touches an engine or a browser object.

#![allow(
    unreachable_pub,
    reason = "the component macro makes a component's properties public whatever the component is"
)]

mod arrangement;
mod block;
mod calls;
mod case;
mod code_area;
mod columns;
mod disassembly;
mod download;
mod expectation;
mod expression;
mod field;
mod filter;
mod function;
mod gas;
mod groups;
mod guessing;
mod heat;
mod intake;
mod keep;
mod lane;
mod lane_map;
mod live_map;
mod menu;
mod pace;
mod picture;
mod program;
mod programs;
mod reading;
mod results;
mod run_bar;
mod run_list;
mod run_notes;
mod scatter;
mod session;
mod splitters;
mod state_rows;
mod table;
mod text;
mod top_bar;
mod trace;
mod verdict;
mod virtual_rows;

use leptos::{ev, prelude::*, task::spawn_local};
use leptos_use::{use_event_listener, use_window};

use crate::{browser::turn::turn, words::page as words};

use self::{
    arrangement::Arrangement,
    calls::CallsPane,
    keep::{KeepNotice, listen},
    lane::LanePane,
    program::ProgramPane,
    reading::ReadingNotice,
    results::ResultsPane,
    run_bar::RunBar,
    session::Session,
    splitters::Splitters,
    top_bar::TopBar,
};

/// The panes, as tabs where the page is narrow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pane {
    Program,
    Calls,
    Results,
    Lane,
}

impl Pane {
    const ALL: [(Self, &'static str); 4] = [
        (Self::Program, words::PROGRAM),
        (Self::Calls, words::CALLS),
        (Self::Results, words::RESULTS),
        (Self::Lane, words::LANE),
    ];

    const fn word(self) -> &'static str {
        match self {
            Self::Program => "program",
            Self::Calls => "calls",
            Self::Results => "results",
            Self::Lane => "lane",
        }
    }
}

/// Shows the page.
pub fn start() {
    crate::browser::rest::begin();
    crate::browser::page_events::remove_loading_note();
    mount_to_body(App);
}

#[component]
fn App() -> impl IntoView {
    let session = Session::start();
    provide_context(session);
    let _stop = use_event_listener(use_window(), ev::keydown, move |event| {
        if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
            event.prevent_default();
            session.run();
        }
    });
    listen(session);
    let arrangement = splitters::kept();
    // A pane a turn: all in one would keep the page's thread from what is clicked and typed meanwhile.
    let made = RwSignal::new(0);
    let is_made = move |panes| made.get() >= panes;
    spawn_local(async move {
        for panes in 1..=Pane::ALL.len() {
            turn().await;
            made.set(panes);
        }
    });
    view! {
        <TopBar />
        <KeepNotice />
        <ReadingNotice />
        <nav class="tabs" role="tablist" aria-label=words::PANES>
            {Pane::ALL
                .into_iter()
                .map(|(pane, word)| {
                    view! {
                        <button
                            role="tab"
                            aria-selected=move || (session.pane.get() == pane).to_string()
                            on:click=move |_| session.pane.set(pane)
                        >
                            {word}
                        </button>
                    }
                })
                .collect_view()}
        </nav>
        <main
            class="panes"
            data-pane=move || session.pane.get().word()
            data-hides=move || arrangement.with(Arrangement::hides)
            style:--columns=move || arrangement.with(Arrangement::columns)
            style:--rows=move || arrangement.with(Arrangement::rows)
        >
            <Show when=move || is_made(1)>
                <ProgramPane />
            </Show>
            <Show when=move || is_made(2)>
                <CallsPane />
            </Show>
            <Show when=move || is_made(3)>
                <ResultsPane />
            </Show>
            <Show when=move || is_made(4)>
                <LanePane />
            </Show>
            <Splitters arrangement=arrangement />
        </main>
        <RunBar />
    }
}

//! The results' pane: the summary, the lane map, the filter, and below them one of the table, groups, plots and tests.

use leptos::prelude::*;

use super::{
    download::DownloadMenu,
    expectation::{Compare, Expectation},
    expression::Expression,
    filter::FilterLine,
    gas::Gas,
    groups::Groups,
    lane_map::LaneMap,
    live_map::LiveMap,
    run_list::RunList,
    run_notes::RunNotes,
    scatter::Scatter,
    session::{Part, Session, called},
    table::Table,
    text::{foreign, grouped, rate, status_kind, status_name, status_words, time},
    verdict::Verdict,
};
use crate::{protocol::RunSummary, words::results as words};

/// The pane.
#[component]
pub(crate) fn ResultsPane() -> impl IntoView {
    let session = expect_context::<Session>();
    // A slash goes to the filter, unless it is being written somewhere.
    let slash = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "/" && !crate::browser::focus::is_writing() {
            event.prevent_default();
            crate::browser::focus::move_to("filter");
        }
    };
    view! {
        <section class="pane results" aria-label=words::RESULTS on:keydown=slash>
            <div class="pane-head">
                <h2>{words::RESULTS}</h2>
                {move || session.summary.get().map(|summary| view! { <Statuses summary=summary /> })}
                <Show when=move || session.summary.with(Option::is_some)>
                    <DownloadMenu />
                </Show>
            </div>
            <Show when=move || session.summary.with(Option::is_none) && session.live.with(Option::is_some)>
                <LiveMap />
            </Show>
            {move || match session.summary.get() {
                None => {
                    view! {
                        <div class="empty">
                            <p>{words::NO_RUN_HAS_ENDED_YET}</p>
                            <p>{words::CALLS_BECOME_LANES}</p>
                        </div>
                    }
                    .into_any()
                }
                Some(summary) => view! { <Summary summary=summary /> }.into_any(),
            }}
            <RunNotes />
            <Verdict />
            <Show when=move || session.summary.with(Option::is_some)>
                <Show when=move || session.live.with(Option::is_none) fallback=|| view! { <LiveMap /> }>
                    <LaneMap />
                </Show>
                <FilterLine />
                <Parts />
            </Show>
        </section>
    }
}

/// What stands below the filter, with the choice of it.
#[component]
fn Parts() -> impl IntoView {
    let session = expect_context::<Session>();
    let part = session.looking.part;
    let words = [
        (Part::Table, words::TABLE),
        (Part::Groups, words::GROUPS),
        (Part::Gas, words::GAS),
        (Part::Scatter, words::SCATTER),
        (Part::Expectation, words::EXPECTATION),
        (Part::Compare, words::COMPARE),
        (Part::Runs, words::RUNS),
    ];
    let tabs = words.into_iter().map(|(own, word)| {
        view! {
            <button
                role="tab"
                aria-selected=move || (part.get() == own).to_string()
                on:click=move |_| session.show_part(own)
            >
                {word}
            </button>
        }
    });
    let tabs = tabs.collect_view();
    view! {
        <div class="part-bar">
            <div class="segments" role="tablist" aria-label=words::LANES_AS>{tabs}</div>
            <Steps />
            <Show when=move || part.get() == Part::Table>
                <Columns />
            </Show>
        </div>
        {move || match part.get() {
            Part::Table => view! { <Table /> }.into_any(),
            Part::Groups => view! { <Groups /> }.into_any(),
            Part::Gas => view! { <Gas /> }.into_any(),
            Part::Scatter => view! { <Scatter /> }.into_any(),
            Part::Expectation => view! { <Expectation /> }.into_any(),
            Part::Compare => view! { <Compare /> }.into_any(),
            Part::Runs => view! { <RunList /> }.into_any(),
        }}
    }
}

/// The choice of the step, where there are several.
#[component]
fn Steps() -> impl IntoView {
    let session = expect_context::<Session>();
    let steps = Memo::new(move |_| session.summary.with(|summary| summary.as_ref().map_or(1, |summary| summary.steps)));
    view! {
        <Show when=move || { steps.get() > 1 }>
            <label class="inline">
                {words::STEP}
                <select
                    aria-label=words::STEP
                    prop:value=move || session.step.get().to_string()
                    on:change:target=move |event| {
                        if let Ok(step) = event.target().value().parse() {
                            session.show_step(step);
                        }
                    }
                >
                    {move || {
                        (0..steps.get())
                            .map(|step| {
                                let selected = session.step.get_untracked() == step;
                                view! { <option value=step.to_string() selected=selected>{step + 1}</option> }
                            })
                            .collect_view()
                    }}
                </select>
            </label>
        </Show>
    }
}

/// The choice of the table's columns.
#[component]
fn Columns() -> impl IntoView {
    let session = expect_context::<Session>();
    let looking = session.looking;
    let names = move || {
        let mut names: Vec<String> = looking.overview.with(|overview| {
            let columns = overview.iter().flat_map(|it| &it.columns).map(|column| column.text.clone());
            columns.filter(|text| !["lane", "status", "gas", "ret", "executed_on"].contains(&text.as_str())).collect()
        });
        let own = looking.own.with(|own| own.iter().map(|text| called(text).to_owned()).collect::<Vec<_>>());
        names.retain(|name| !own.contains(name));
        for name in looking.columns.get() {
            if !names.contains(&name) && !own.contains(&name) {
                names.push(name);
            }
        }
        names
    };
    view! {
        <details class="column-choice">
            <summary>{words::COLUMNS}</summary>
            <div class="column-list" role="group" aria-label=words::COLUMNS_OF_THE_TABLE>
                <OwnColumns />
                {move || {
                    names()
                        .into_iter()
                        .map(|name| {
                            let (text, known) = (name.clone(), name.clone());
                            view! {
                                <label class="inline mono">
                                    <input
                                        type="checkbox"
                                        prop:checked=move || looking.columns.with(|columns| columns.contains(&known))
                                        on:change=move |_| session.toggle_column(&text)
                                    />
                                    {name}
                                </label>
                            }
                        })
                        .collect_view()
                }}
                {move || looking.column_wrong.get().map(|why| view! { <p class="error" role="alert">{why}</p> })}
            </div>
        </details>
    }
}

/// The user's own columns: what they are made of, and another.
#[component]
fn OwnColumns() -> impl IntoView {
    let session = expect_context::<Session>();
    let looking = session.looking;
    view! {
        <div class="own-columns" role="group" aria-label=words::OWN_COLUMNS>
            {move || {
                looking
                    .own
                    .get()
                    .into_iter()
                    .map(|text| {
                        let (gone, name) = (text.clone(), called(&text).to_owned());
                        let (known, toggled) = (name.clone(), name.clone());
                        view! {
                            <div class="own-column">
                                <label class="inline mono">
                                    <input
                                        type="checkbox"
                                        aria-label=foreign(&name)
                                        prop:checked=move || looking.columns.with(|columns| columns.contains(&known))
                                        on:change=move |_| session.toggle_column(&toggled)
                                    />
                                    <span>{foreign(&text)}</span>
                                </label>
                                <button
                                    class="quiet remove"
                                    aria-label=words::remove_column(foreign(&name))
                                    on:click=move |_| session.remove_own(&gone)
                                >
                                    "×"
                                </button>
                            </div>
                        }
                    })
                    .collect_view()
            }}
            <Expression
                id="own-column"
                label=words::ANOTHER
                placeholder=words::OWN_COLUMN_EXAMPLE
                text=looking.writing
                wrong=looking.own_wrong
                on_input=move |text| {
                    looking.own_wrong.set(None);
                    looking.writing.set(text);
                }
                on_enter=move || session.try_own()
            >
                <button on:click=move |_| session.try_own()>{words::ADD}</button>
            </Expression>
            <p class="hint">
                {words::OWN_COLUMN_HELP}
                {words::OWN_COLUMN_NAME_HELP}
            </p>
        </div>
    }
}

/// How many lanes ended how; pressing one writes the filter.
#[component]
fn Statuses(
    /// The summary.
    summary: RunSummary,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let last = summary.statuses.iter().map(|status| (status.code, status.lanes)).collect::<Vec<_>>();
    // The step shown need not be the last, of which the summary is.
    let statuses = move || {
        let shown = session.looking.overview.with(|overview| {
            let groups = overview.as_ref()?.statuses.iter();
            Some(groups.filter_map(|group| Some((group.status?, group.lanes))).collect::<Vec<_>>())
        });
        shown.unwrap_or_else(|| last.clone())
    };
    view! {
        <div class="statuses" role="group" aria-label=words::STATUSES>
            {move || {
                statuses()
                    .into_iter()
                    .map(|(code, lanes)| {
                        let filter = StoredValue::new(format!("status == {}", status_name(code)));
                        let pressed = move || filter.with_value(|filter| session.looking.filter.with(|now| now == filter));
                        let toggle = move |_| {
                            let text = if untrack(pressed) { String::new() } else { filter.get_value() };
                            session.set_filter(&text);
                        };
                        view! {
                            <button
                                class="status"
                                data-kind=status_kind(code)
                                aria-pressed=move || pressed().to_string()
                                title=words::SHOW_ONLY_THESE_LANES
                                on:click=toggle
                            >
                                <b>{grouped(lanes)}</b>
                                " "
                                {status_words(code)}
                            </button>
                        }
                    })
                    .collect_view()
            }}
            <Show when=move || summary.cancelled>
                <span class="cancelled">
                    {words::cancelled_after(grouped(summary.finished), grouped(summary.lanes))}
                </span>
            </Show>
        </div>
    }
}

#[component]
fn Summary(
    /// The summary.
    summary: RunSummary,
) -> impl IntoView {
    let run = expect_context::<Session>().shown_run.get_untracked();
    let on_cpu: u64 = summary.on_cpu.iter().map(|(_, lanes)| lanes).sum();
    let why = summary
        .on_cpu
        .iter()
        .filter(|(reason, _)| reason != "none")
        .map(|(reason, lanes)| format!("{reason}: {}", grouped(*lanes)))
        .collect::<Vec<_>>()
        .join(", ");
    let by_cpu = match (summary.engine.as_str(), why.is_empty()) {
        (_, false) => format!("{} — {why}", grouped(on_cpu)),
        ("gpu", true) => grouped(on_cpu),
        (_, true) if summary.notes.handed.is_some() => grouped(on_cpu),
        (_, true) => words::asked_for(grouped(on_cpu)),
    };
    let by_cpu = match &summary.instead {
        Some(_) => words::no_webgpu(grouped(on_cpu)),
        None => by_cpu,
    };
    let software = if summary.software && summary.engine == "gpu" { words::SOFTWARE } else { "" };
    let adapter = format!("{} ({}{software})", summary.adapter, summary.engine.to_uppercase());
    let speed = words::speed(rate(summary.finished, summary.milliseconds), summary.engine.to_uppercase());
    let gas = summary.gas.map_or_else(
        || words::NO_LANE_ENDED.to_owned(),
        |[min, median, max]| format!("{} · {} · {}", grouped(min), grouped(median), grouped(max)),
    );
    let services = summary
        .host_services
        .iter()
        .map(|(number, calls)| words::precompile(number, grouped(*calls)))
        .collect::<Vec<_>>()
        .join(", ");
    let escalated = summary
        .escalated
        .iter()
        .map(|(reason, lanes)| format!("{reason}: {}", grouped(*lanes)))
        .collect::<Vec<_>>()
        .join(", ");
    // What answered stands there in any case; the rest unfolds.
    let on_cpu_words = match (&summary.instead, on_cpu, summary.engine.as_str()) {
        (Some(_), ..) => words::ALL_BY_CPU_NO_WEBGPU.to_owned(),
        (None, 0, _) => words::ALL_BY_GPU.to_owned(),
        (None, _, "cpu") => words::ALL_BY_CPU.to_owned(),
        (None, lanes, _) => words::by_cpu(grouped(lanes)),
    };
    let about = words::adapter_digest(on_cpu_words);
    let digest = summary.digest.clone();
    let copied = digest.clone();
    let fact = |name: &'static str, value: String| {
        view! {
            <div class="fact">
                <dt>{name}</dt>
                <dd>{value}</dd>
            </div>
        }
    };
    view! {
        <div class="summary" data-summary="run" data-run=run.to_string()>
            <dl class="facts">
                {fact(words::GAS_LEAST_MEDIAN_MOST, gas)}
                {fact(words::SPEED_THIS_RUN, speed)}
                {fact(
                    words::TIME_INSTRUCTIONS,
                    format!("{} · {}", time(summary.milliseconds), grouped(summary.steps_total.clone())),
                )}
            </dl>
            <details class="more-facts">
                <summary>{about}</summary>
            <dl class="facts">
                <div class="fact double">
                    <dt>{words::ADAPTER}</dt>
                    <dd>{adapter}</dd>
                </div> {fact(words::ANSWERED_BY_CPU, by_cpu)}
                {(summary.ways > 0).then(|| fact(words::BY_COMPILED_PATHS, grouped(summary.ways)))}
                {(!services.is_empty()).then(|| fact(words::ANSWERED_BY_HOST, services.clone()))}
                {(!escalated.is_empty()).then(|| fact(words::MOVED_TO_A_LARGER_TIER, escalated.clone()))}
                <div class="fact wide">
                    <dt>{words::DIGEST_OF_ALL_OUTCOMES}</dt>
                    <dd>
                        <code class="digest" data-digest=digest.clone()>{digest.clone()}</code>
                        <button class="link" on:click=move |_| crate::browser::clipboard::copy(&copied)>{words::COPY}</button>
                    </dd>
                </div>
            </dl>
            </details>
        </div>
    }
}

//! Where the values of a way are computed: each once, as far out as what it depends on is to be had, and only if it is
//! needed. It knows regions and names, and no operation.

use std::collections::{BTreeSet, HashSet};

use alloy_primitives::U256;

use super::{
    Room, Unfit,
    operations::{self, convert, literal, type_name},
    stretches::{Cut, Facts, Step, Stretch},
};
use crate::paths::{
    ssa::{Item, Op, V, Way},
    widths::{MOST_TURNS, Width, Widths, counts_to_zero, most_turns},
};

/// Turns of loops: a number, and how often the worlds' probes come on top.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Turns {
    pub(super) fixed: u64,
    pub(super) probes: u64,
}

/// A region being written: the function's body, or a loop's.
#[derive(Debug, Default)]
struct Region {
    text: String,
    known: HashSet<V>,
    turns: Turns,
}

/// Writes the function of a way's stretch.
#[derive(Debug)]
pub(super) struct Emitter<'a> {
    pub(super) way: &'a Way,
    pub(super) widths: &'a Widths,
    pub(super) stretch: &'a Stretch,
    facts: &'a Facts<'a>,
    cut: &'a Cut,
    /// From the function's body to the innermost loop.
    regions: Vec<Region>,
    /// In which region a loop's variables are to be had: inside it, and behind it.
    reach: Vec<Option<usize>>,
    /// Accounts whose addresses are values, as far as they have been looked up.
    visited: HashSet<u32>,
    /// Loops as far as they have been written, and those that are in no other.
    written: Vec<usize>,
    outer: Vec<usize>,
}

impl<'a> Emitter<'a> {
    pub(super) fn new(facts: &'a Facts<'a>, cut: &'a Cut, stretch: &'a Stretch) -> Self {
        let way = facts.way;
        let mut reach = vec![None; way.loops.len()];
        stretch.behind.iter().for_each(|number| reach[*number as usize] = Some(0));
        Self {
            way,
            widths: &facts.widths,
            stretch,
            facts,
            cut,
            regions: vec![Region::default()],
            reach,
            visited: HashSet::new(),
            written: Vec::new(),
            outer: Vec::new(),
        }
    }

    /// Whether lanes may be in the middle of the way between dispatches.
    pub(super) fn stops(&self) -> bool {
        self.is_cut() || !self.way.loops.is_empty()
    }

    fn is_cut(&self) -> bool {
        self.cut.stretches.len() > 1
    }

    /// What a lane must have room for.
    pub(super) fn room(&self) -> Room {
        super::room(self.way, self.cut)
    }

    /// Reads what the stretches before have handed on.
    pub(super) fn take(&mut self) {
        for (value, place) in &self.stretch.takes {
            let width = self.widths.widths[value.at()];
            let loaded = convert(&format!("stack_load(lane, {place}u)"), Width::Word, width);
            self.line(&format!("let {}: {} = {loaded};", self.name(*value), type_name(width)));
            self.regions[0].known.insert(*value);
        }
    }

    /// Hands on what those behind it take.
    pub(super) fn give(&mut self) {
        for (value, place) in &self.stretch.gives {
            let word = self.expression(*value, Width::Word);
            self.line(&format!("stack_store(lane, {place}u, {word});"));
        }
        self.line("way_pass(lane);");
    }

    /// Writes a step.
    pub(super) fn step(&mut self, step: &Step) -> Result<(), Unfit> {
        match step {
            Step::Value(value) => self.ensure(*value),
            Step::Group(group) => self.together(group),
            Step::Guard(value) => self.item(Item::Guard(*value)),
            Step::Loop { number, .. } => self.item(Item::Loop(*number)),
        }
    }

    /// The factors of the product that a comparison asks about: whether it overflows.
    pub(super) fn overflow(&self, value: V) -> Option<(V, V)> {
        self.facts.overflow(value)
    }

    /// Whether a value is computed in a loop's turns.
    pub(super) fn turns(&self, value: V) -> bool {
        self.facts.depends[value.at()] != 0
    }

    /// Writes a line to the innermost region.
    pub(super) fn line(&mut self, line: &str) {
        let level = self.regions.len() - 1;
        self.line_at(level, line);
    }

    fn line_at(&mut self, level: usize, line: &str) {
        let text = &mut self.regions[level].text;
        text.push_str(line);
        text.push('\n');
    }

    /// The outermost region that a value can be computed in.
    fn level(&self, value: V) -> Result<usize, Unfit> {
        let loops = (0..self.reach.len()).filter(|number| self.facts.depends[value.at()] & (1 << number) != 0);
        loops.map(|number| self.reach[number].ok_or(Unfit::Form)).try_fold(0, |most, level| Ok(most.max(level?)))
    }

    fn is_known(&self, value: V) -> bool {
        self.facts.is_free(value) || self.regions.iter().any(|region| region.known.contains(&value))
    }

    /// Computes a value and all it needs, as far as that is not done.
    pub(super) fn ensure(&mut self, value: V) -> Result<(), Unfit> {
        let mut needed = BTreeSet::new();
        let mut todo = vec![value];
        while let Some(value) = todo.pop() {
            if !self.is_known(value) && needed.insert(value) {
                todo.extend(self.facts.operands(value));
            } else {
                // A variable must be one that is to be had.
                self.level(value)?;
            }
        }
        for value in needed {
            if !self.is_known(value) {
                self.compute(value)?;
            }
        }
        Ok(())
    }

    fn compute(&mut self, value: V) -> Result<(), Unfit> {
        let level = self.level(value)?;
        let name = format!("v{}", value.0);
        if let Op::Looked(_, account, address) = self.way.ops[value.at()]
            && self.way.accounts[account as usize].by.is_some()
        {
            // Of one account all looks depend on the same: they stand in one region.
            self.visit(level, account, address);
        }
        let (lines, expression, turns) = operations::written(self, value);
        for line in lines {
            self.line_at(level, &line);
        }
        let ty = type_name(self.widths.widths[value.at()]);
        self.line_at(level, &format!("let {name}: {ty} = {expression};"));
        let region = &mut self.regions[level];
        region.turns.fixed += turns.fixed;
        region.turns.probes += turns.probes;
        region.known.insert(value);
        Ok(())
    }

    /// Looks an account up whose address is a value, if that is not done.
    fn visit(&mut self, level: usize, account: u32, address: V) {
        if self.visited.insert(account) {
            let address = self.expression(address, Width::Word);
            self.line_at(level, &format!("let visit_{account} = way_visit(lane, {address}, 0u, partial);"));
            self.line_at(level, &format!("ok = ok & visit_{account}.holds;"));
        }
    }

    /// Looks accounts up whose addresses are values, of which the end says something.
    pub(super) fn visit_rest(&mut self) -> Result<(), Unfit> {
        let stretch = self.stretch;
        for account in &stretch.accounts {
            if let Some(address) = self.way.accounts[*account as usize].by {
                self.ensure(address)?;
                self.visit(0, *account, address);
            }
        }
        Ok(())
    }

    /// Computes heavy values of one kind at one place.
    fn together(&mut self, group: &[V]) -> Result<(), Unfit> {
        let operands: Vec<V> = group.iter().flat_map(|value| self.way.ops[value.at()].operands()).collect();
        for operand in operands {
            self.ensure(operand)?;
        }
        let (lines, turns) = operations::together(self, group);
        for line in lines {
            self.line_at(0, &line);
        }
        let region = &mut self.regions[0];
        region.turns.fixed += turns.fixed;
        region.turns.probes += turns.probes;
        region.known.extend(group);
        Ok(())
    }

    /// Turns that the function's body takes on top.
    pub(super) fn turn(&mut self, turns: usize) {
        self.regions[0].turns.fixed += turns as u64;
    }

    fn name(&self, value: V) -> String {
        match &self.way.ops[value.at()] {
            Op::Variable(number, place) => format!("x{number}_{place}"),
            _ => format!("v{}", value.0),
        }
    }

    /// A value that has been computed, as wide as asked for.
    pub(super) fn expression(&self, value: V, width: Width) -> String {
        if let Some(number) = self.widths.ranges[value.at()].value() {
            return literal(number, width);
        }
        convert(&self.name(value), self.widths.widths[value.at()], width)
    }

    /// Writes a guard or a loop.
    pub(super) fn item(&mut self, item: Item) -> Result<(), Unfit> {
        match item {
            Item::Guard(value) => {
                self.ensure(value)?;
                let line = format!("ok = ok & {};", self.expression(value, Width::Bit));
                self.line(&line);
                Ok(())
            }
            Item::Loop(number) => self.turning(number as usize),
        }
    }

    fn turning(&mut self, number: usize) -> Result<(), Unfit> {
        let way = self.way;
        let l = &way.loops[number];
        let level = self.regions.len();
        self.written.push(number);
        let is_outer = level == 1;
        let most = most_turns(l);
        if most == 0 {
            return Err(Unfit::Loops);
        }
        let mut firsts = Vec::new();
        for (place, variable) in l.variables.iter().enumerate() {
            self.ensure(variable.first)?;
            let width = self.widths.widths[variable.value.at()];
            let most = U256::from(most);
            if counts_to_zero(way, l, variable) && self.widths.ranges[variable.first.at()].high >= most {
                let own = self.widths.widths[variable.first.at()].max(Width::Limb);
                let (first, most) = (self.expression(variable.first, own), literal(most, own));
                firsts.push(format!("ok = ok & {};", operations::less_in(&first, &most, own)));
            }
            firsts.push(format!("x{number}_{place} = {};", self.expression(variable.first, width)));
        }
        firsts.iter().for_each(|line| self.line(line));
        self.line(&format!("var t{number} = 0u;"));
        self.line(&format!("var e{number} = false;"));
        if is_outer {
            self.resume(number);
        }
        self.regions.push(Region::default());
        self.reach[number] = Some(level);
        for item in &l.before {
            self.item(*item)?;
        }
        let leave = match l.leave {
            Some(leave) => {
                self.ensure(leave)?;
                self.expression(leave, Width::Bit)
            }
            None => "false".to_owned(),
        };
        let turns = |items: &[Item]| items.iter().any(|item| matches!(item, Item::Loop(_)));
        let nests = turns(&l.before) || turns(&l.after);
        let late = if is_outer { format!(" | (t{number} >= until{number})") } else { String::new() };
        self.line(&format!("e{number} = {leave};"));
        if is_outer && nests {
            // Lanes that differ may together turn more often than any of them: then the turn is worth nothing.
            self.line("over = over | !way_turns();");
        }
        self.line(&format!("if e{number} | over{late} | !ok {{ break; }}"));
        for item in &l.after {
            self.item(*item)?;
        }
        for variable in &l.variables {
            self.ensure(variable.next)?;
        }
        if is_outer && nests {
            self.line("over = over | !way_turns();");
        }
        if turns(&l.after) || (is_outer && nests) {
            self.line("if over { break; }");
        }
        for (place, variable) in l.variables.iter().enumerate() {
            let width = self.widths.widths[variable.value.at()];
            let line = format!("let n{number}_{place} = {};", self.expression(variable.next, width));
            self.line(&line);
        }
        for place in 0..l.variables.len() {
            self.line(&format!("x{number}_{place} = n{number}_{place};"));
        }
        self.line(&format!("t{number} += 1u;"));
        let region = self.regions.pop().unwrap_or_default();
        // The turn itself, and the loops of what is computed in it.
        let turns = turns_text(Turns { fixed: region.turns.fixed + 1, ..region.turns });
        let counts = format!("work += {turns};\nover = over | (work >= share);");
        if is_outer {
            self.line(&format!("if !e{number} & !over & ok {{"));
            self.line(&format!("let from{number} = t{number};"));
            // The last of these turns is begun, and no variable changes in it.
            let affords = if nests { format!("{most}u") } else { format!("max(share / ({turns}), 1u) - 1u") };
            self.line(&format!("let until{number} = min({most}u - 1u, t{number} + {affords});"));
            if nests {
                self.line("var sure = ok;\nwork = 0u;");
            }
        }
        self.line("loop {");
        if !is_outer {
            self.line(&format!("ok = ok & (t{number} < {most}u);\n{counts}"));
        } else if nests {
            // What a turn that is broken off comes to is not to be looked at.
            self.line(&format!("sure = ok;\n{counts}"));
        }
        self.regions[level - 1].text.push_str(&region.text);
        self.line("}");
        // Some adapters end loops of their own accord: a lane that has come neither to the loop's end nor to its bound leaves.
        if is_outer {
            let stage = 2 * self.outer.len();
            if nests {
                self.line(&format!("if over {{ ok = sure; e{number} = false; }}"));
            } else {
                self.line(&format!("over = ok & !e{number} & (t{number} == until{number});"));
            }
            self.line(&format!("ok = ok & (e{number} | (over & (t{number} < {most}u - 1u)));"));
            self.line(&format!("stage = {stage}u;\nturned = t{number};"));
            let whole = if nests { "" } else { " & way_turns()" };
            self.line(&format!("sound = ok{whole} & ((t{number} > from{number}) | (begun.x != {stage}u));"));
            if nests {
                // Others have turned too often, but not this lane.
                self.line("if ok & !over & !way_turns() {");
                self.line(&format!("over = true;\nsound = true;\nstage = {}u;\n}}", stage + 1));
            }
            self.line("}");
        } else {
            self.line(&format!("ok = ok & (e{number} | over);"));
        }
        // What was to be had inside is to be had behind it.
        for reach in self.reach.iter_mut().flatten() {
            *reach = (*reach).min(level - 1);
        }
        Ok(())
    }

    /// Takes up a loop that is in no other where the last dispatch left it: in its turns, or behind them.
    fn resume(&mut self, number: usize) {
        self.outer.push(number);
        let stage = 2 * self.outer.len();
        self.line(&format!("if begun.x >= {stage}u {{"));
        for (at, name, width) in self.held().into_iter().filter(|(_, name, _)| name.starts_with(&format!("x{number}_")))
        {
            self.line(&format!("{name} = {};", convert(&format!("stack_load(lane, {at}u)"), Width::Word, width)));
        }
        self.line(&format!("t{number} = begun.y;\ne{number} = begun.x > {stage}u;\n}}"));
    }

    /// What is kept of a lane between dispatches: variables of the loops that have been written and are in no other, with
    /// their places in the lane's stack.
    fn held(&self) -> Vec<(usize, String, Width)> {
        let of = |number: &usize| {
            let variables = self.way.loops[*number].variables.iter().enumerate();
            let number = *number;
            variables.map(move |(place, variable)| (format!("x{number}_{place}"), variable.value))
        };
        let all = (self.cut.live as usize..).zip(self.outer.iter().flat_map(of));
        all.map(|(at, (name, value))| (at, name, self.widths.widths[value.at()])).collect()
    }

    /// Writes what is done where a dispatch has turned often enough: the lane goes on in the next. Where a turn by itself is too
    /// much, it leaves the way.
    pub(super) fn pause(&mut self, forget: &str) {
        if self.outer.is_empty() {
            return;
        }
        self.line(&format!("if over {{\n{forget}"));
        self.line("if sound {");
        for (at, name, width) in self.held() {
            self.line(&format!("stack_store(lane, {at}u, {});", convert(&name, width, Width::Word)));
        }
        self.line("way_pause(lane, stage, turned);\n} else {\nway_close(lane);\n}\nreturn;\n}");
        self.line("ok = ok & way_turns();");
    }

    /// The body of the function.
    pub(super) fn finish(mut self) -> Result<String, Unfit> {
        let region = self.regions.pop().unwrap_or_default();
        if region.turns.fixed >= MOST_TURNS {
            return Err(Unfit::Loops);
        }
        let mut text = String::new();
        for (number, l) in self.written.iter().map(|number| (number, &self.way.loops[*number])) {
            for (place, variable) in l.variables.iter().enumerate() {
                let ty = type_name(self.widths.widths[variable.value.at()]);
                text.push_str(&format!("var x{number}_{place}: {ty};\n"));
            }
        }
        if self.is_cut() || !self.outer.is_empty() {
            text.push_str("let begun = way_begun(lane);\nif begun.x == 255u { return; }\n");
        }
        if !self.outer.is_empty() {
            text.push_str("var over = false;\nvar sound = false;\nvar stage = 0u;\nvar turned = 0u;\nvar work = 0u;\n");
            // Lanes of an adapter's vector may be in different loops, and it turns for all.
            let (straight, loops) = (turns_text(region.turns), self.outer.len());
            text.push_str(&format!("let share = ({MOST_TURNS}u - min({straight}, {MOST_TURNS}u)) / {loops}u;\n"));
        }
        text.push_str(&region.text);
        Ok(text)
    }
}

fn turns_text(turns: Turns) -> String {
    match turns.probes {
        0 => format!("{}u", turns.fixed),
        probes => format!("{}u + {probes}u * plan.world_probes * plan.world_chain", turns.fixed),
    }
}

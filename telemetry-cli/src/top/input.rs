//! The effects of keys and the mouse on the state.

use crossterm::event::{
    Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};
use ratatui_core::layout::{Position, Rect};

use super::layout::Areas;
use super::model::span_store::SpanKey;
use super::page::Page;
use super::state::{Panel, SessionSort, SpanSort, ViewState};
use super::view;
use crate::terminal::screen::Action;

/// The rows by which the wheel of the mouse scrolls.
const WHEEL: isize = 3;

/// Returns whether an event can change the state or the screen. The terminal reports every movement of the mouse.
pub fn matters(event: &Event) -> bool {
    match event {
        Event::Mouse(mouse) => !matches!(
            mouse.kind,
            MouseEventKind::Moved | MouseEventKind::Drag(_) | MouseEventKind::Up(_)
        ),
        _ => true,
    }
}

/// Changes the state by an event. `page` and `areas` are those on the screen.
pub fn handle(
    event: &Event,
    state: &mut ViewState,
    page: &Page<'_>,
    areas: &Areas,
) -> Option<Action> {
    match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => self::key(*key, state, page, areas),
        Event::Mouse(mouse) => {
            self::mouse(*mouse, state, page, areas);
            None
        }
        _ => None,
    }
}

fn key(key: KeyEvent, state: &mut ViewState, page: &Page<'_>, areas: &Areas) -> Option<Action> {
    if key.modifiers.contains(KeyModifiers::CONTROL) {
        return Action::of_control(key);
    }
    if state.is_typing {
        type_filter(key.code, state);
        return None;
    }
    if state.has_help {
        // Any key closes the list of keys.
        state.has_help = false;
        return (key.code == KeyCode::Char('q')).then_some(Action::Quit);
    }
    let panel = state.focus;
    let height = areas
        .panel(panel)
        .map_or(1, |area| isize::from(area.rows.height.cast_signed()));
    let page_height = height.max(2) - 1;
    match key.code {
        KeyCode::Char('q') | KeyCode::F(10) => return Some(Action::Quit),
        KeyCode::Char('?' | 'h') | KeyCode::F(1) => state.has_help = true,
        KeyCode::Down | KeyCode::Char('j') => move_by(1, panel, state, page),
        KeyCode::Up | KeyCode::Char('k') => move_by(-1, panel, state, page),
        KeyCode::PageDown => move_by(page_height, panel, state, page),
        KeyCode::PageUp => move_by(-page_height, panel, state, page),
        KeyCode::Home | KeyCode::Char('g') => select(0, panel, state, page),
        KeyCode::End | KeyCode::Char('G') => {
            select(page.len(panel).saturating_sub(1), panel, state, page);
        }
        KeyCode::Tab => focus(panel.further(1), state, page),
        KeyCode::BackTab => focus(panel.further(3), state, page),
        KeyCode::Char(digit @ '1'..='4') => {
            focus(Panel::ALL[digit as usize - '1' as usize], state, page);
        }
        KeyCode::Enter => open(state, page),
        KeyCode::Esc | KeyCode::Backspace => back(state),
        KeyCode::Char('/') | KeyCode::F(3 | 4) => state.is_typing = true,
        KeyCode::Char('s' | '>') | KeyCode::F(6) => sort_by_next(state),
        KeyCode::Char('r' | 'I') => reverse(state),
        KeyCode::Char('p' | ' ') => state.is_paused = !state.is_paused,
        KeyCode::Char('e') => select_error(state, page),
        KeyCode::Char('[') => turn(false, state, page),
        KeyCode::Char(']') => turn(true, state, page),
        KeyCode::Left | KeyCode::Char('-') if panel == Panel::Waterfall => collapse(state, page),
        KeyCode::Right | KeyCode::Char('+' | '=') if panel == Panel::Waterfall => {
            expand(state, page);
        }
        _ => {}
    }
    None
}

fn type_filter(code: KeyCode, state: &mut ViewState) {
    let filter = &mut state.filters[state.focus as usize];
    match code {
        KeyCode::Enter => state.is_typing = false,
        KeyCode::Esc => {
            filter.clear();
            state.is_typing = false;
        }
        KeyCode::Backspace => {
            filter.pop();
        }
        KeyCode::Char(typed) => filter.push(typed),
        _ => {}
    }
}

fn focus(panel: Panel, state: &mut ViewState, page: &Page<'_>) {
    if state.focus == Panel::Sessions {
        // The session stays selected when another one becomes the first row.
        state.session = page.session().map(|session| session.id.clone());
    }
    state.focus(panel);
}

/// Shows the requests or the turn of the selected row in the next panel.
fn open(state: &mut ViewState, page: &Page<'_>) {
    match state.focus {
        Panel::Sessions => focus(Panel::Requests, state, page),
        Panel::Requests => {
            if let (Some(session), Some(request)) = (page.session(), page.request()) {
                let spans = page.model.spans.of_session(&session.id);
                let place = spans.place_at(request.ts);
                state.turn = place.map(|place| spans.roots[place].key);
                state.leave_turn();
            }
            state.focus(Panel::Waterfall);
        }
        Panel::Waterfall => toggle(state, page),
        Panel::Spans => {}
    }
}

fn back(state: &mut ViewState) {
    let filter = &mut state.filters[state.focus as usize];
    if !filter.is_empty() {
        filter.clear();
        return;
    }
    state.focus(match state.focus {
        Panel::Waterfall => Panel::Requests,
        _ => Panel::Sessions,
    });
}

fn move_by(rows: isize, panel: Panel, state: &mut ViewState, page: &Page<'_>) {
    let row = page.selected(panel).saturating_add_signed(rows);
    select(row, panel, state, page);
}

fn select(row: usize, panel: Panel, state: &mut ViewState, page: &Page<'_>) {
    let row = row.min(page.len(panel).saturating_sub(1));
    match panel {
        Panel::Sessions => {
            if let Some(session) = page.sessions.get(row) {
                if page.selected(panel) != row {
                    state.leave_session();
                }
                state.session = Some(session.id.clone());
            }
        }
        // The first row is the latest request; the selection follows it.
        Panel::Requests => {
            let request = page.requests.get(row).filter(|_| row > 0);
            state.request = request.map(|request| request.number);
        }
        Panel::Spans => {
            let name = page.spans.get(row).filter(|_| row > 0);
            state.name = name.map(|(name, _)| (*name).to_owned());
        }
        Panel::Waterfall => state.row = page.tree.key_of(row),
    }
}

fn select_error(state: &mut ViewState, page: &Page<'_>) {
    let panel = state.focus;
    let after = |found: &dyn Fn(usize) -> bool| {
        let (len, at) = (page.len(panel), page.selected(panel));
        (1..=len).map(|by| (at + by) % len).find(|row| found(*row))
    };
    let row = match panel {
        Panel::Sessions => after(&|row| page.sessions[row].error.is_some()),
        Panel::Requests => after(&|row| page.requests[row].error.is_some()),
        Panel::Spans => after(&|row| page.spans[row].1.errors > 0),
        Panel::Waterfall => after(&|row| {
            let tree = &page.tree;
            tree.forest.nodes[tree.rows[row].node].has_failed()
        }),
    };
    if let Some(row) = row {
        select(row, panel, state, page);
    }
}

/// Returns the next value; after the last value the first one.
fn next<T: Copy + PartialEq>(all: &[T], value: T) -> T {
    let at = all.iter().position(|it| *it == value).unwrap_or(0);
    all[(at + 1) % all.len()]
}

fn sort_by_next(state: &mut ViewState) {
    match state.focus {
        Panel::Sessions => state.session_sort = next(&SessionSort::ALL, state.session_sort),
        Panel::Spans => state.span_sort = next(&SpanSort::ALL, state.span_sort),
        Panel::Requests | Panel::Waterfall => {}
    }
}

fn reverse(state: &mut ViewState) {
    match state.focus {
        Panel::Sessions => state.sessions_reversed = !state.sessions_reversed,
        Panel::Spans => state.spans_reversed = !state.spans_reversed,
        Panel::Requests | Panel::Waterfall => {}
    }
}

fn turn(is_next: bool, state: &mut ViewState, page: &Page<'_>) {
    let tree = &page.tree;
    let place = if is_next {
        tree.place + 1
    } else {
        tree.place.saturating_sub(1)
    };
    if let Some(turn) = tree.turns.get(place) {
        state.turn = Some(turn.key);
        state.leave_turn();
    }
}

/// Returns the selected span of the waterfall.
fn selected_span(page: &Page<'_>) -> Option<SpanKey> {
    let row = page.tree.rows.get(page.selected(Panel::Waterfall))?;
    let launch = page.tree.root()?.launch;
    let id = page.tree.forest.nodes[row.node].id?;
    Some(SpanKey { launch, id })
}

fn toggle(state: &mut ViewState, page: &Page<'_>) {
    let is_collapsed = selected_span(page).is_some_and(|span| state.collapsed.contains(&span));
    if is_collapsed {
        expand(state, page);
    } else {
        collapse(state, page);
    }
}

/// Hides the children of the selected span. Selects the parent of a span without visible children.
fn collapse(state: &mut ViewState, page: &Page<'_>) {
    let tree = &page.tree;
    let at = page.selected(Panel::Waterfall);
    let Some(row) = tree.rows.get(at) else {
        return;
    };
    let has_children = !tree.forest.children[row.node].is_empty();
    if has_children
        && !row.is_collapsed
        && let Some(span) = selected_span(page)
    {
        state.collapsed.insert(span);
        state.row = tree.key_of(at);
        return;
    }
    let above = &tree.rows[..at];
    if let Some(parent) = above.iter().rposition(|above| above.depth < row.depth) {
        state.row = tree.key_of(parent);
    }
}

fn expand(state: &mut ViewState, page: &Page<'_>) {
    if let Some(span) = selected_span(page) {
        state.row = page.tree.key_of(page.selected(Panel::Waterfall));
        state.collapsed.remove(&span);
    }
}

fn mouse(mouse: MouseEvent, state: &mut ViewState, page: &Page<'_>, areas: &Areas) {
    let at = Position::new(mouse.column, mouse.row);
    if state.has_help {
        state.has_help = !matches!(mouse.kind, MouseEventKind::Down(_));
        return;
    }
    let contains = |area: Rect| area.contains(at);
    let found = areas.panels.iter().find(|area| {
        [area.title, area.columns, area.rows, area.details]
            .into_iter()
            .any(contains)
    });
    let Some(area) = found else {
        return;
    };
    match mouse.kind {
        MouseEventKind::ScrollDown => move_by(WHEEL, area.panel, state, page),
        MouseEventKind::ScrollUp => move_by(-WHEEL, area.panel, state, page),
        MouseEventKind::Down(MouseButton::Left) if contains(area.rows) => {
            let row = state.offsets[area.panel as usize] + usize::from(at.y - area.rows.y);
            let is_selected = state.focus == area.panel && page.selected(area.panel) == row;
            focus(area.panel, state, page);
            if is_selected {
                open(state, page);
            } else if row < page.len(area.panel) {
                select(row, area.panel, state, page);
            }
        }
        MouseEventKind::Down(MouseButton::Left) if contains(area.columns) => {
            focus(area.panel, state, page);
            sort_by_column(at.x, area.columns, state, page);
        }
        MouseEventKind::Down(MouseButton::Left) => {
            let panel = view::tab_at(area, at.x).unwrap_or(area.panel);
            focus(panel, state, page);
        }
        _ => {}
    }
}

/// Sorts by the clicked column, or reverses the order if it is the order already.
fn sort_by_column(x: u16, columns: Rect, state: &mut ViewState, page: &Page<'_>) {
    match state.focus {
        Panel::Sessions => {
            if let Some(sort) = view::sessions::sort_at(columns, x, page.id_len) {
                if state.session_sort == sort {
                    reverse(state);
                }
                state.session_sort = sort;
            }
        }
        Panel::Spans => {
            if let Some(sort) = view::spans::sort_at(columns, x) {
                if state.span_sort == sort {
                    reverse(state);
                }
                state.span_sort = sort;
            }
        }
        Panel::Requests | Panel::Waterfall => {}
    }
}

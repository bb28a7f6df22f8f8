//! Tests of the layout.

use proptest::prelude::*;

use super::widths::INDENT;
use super::{Cell, Column, Table};
use crate::{columns, visible};

const COLUMNS: [Column; 4] = [
    Column::key("Model"),
    Column::number("Requests").rank(2),
    Column::fixed("Last").rank(1),
    Column::number("Cost"),
];

fn table(rows: &[[&str; 4]]) -> Table<usize> {
    let mut table = Table::new(COLUMNS);
    for (at, row) in rows.iter().enumerate() {
        table.row(at, row.map(Cell::from));
    }
    table
}

fn text(table: &Table<usize>, limit: Option<usize>) -> String {
    let layout = table.layout(limit);
    let lines = layout.rows().flat_map(|(_, lines)| lines);
    let lines = layout.titles().into_iter().chain(lines);
    let lines = lines.map(|line| line.concat().trim_end().to_owned() + "\n");
    lines.collect()
}

#[test]
fn columns_are_aligned_removed_and_cut() {
    let table = table(&[
        ["a-long-model-name", "7", "today", "$1.00"],
        ["漢字", "1,000", "yesterday", "$12.00"],
    ]);
    assert_eq!(
        text(&table, None),
        "\
Model              Requests  Last         Cost
a-long-model-name         7  today       $1.00
漢字                  1,000  yesterday  $12.00
"
    );
    assert_eq!(
        text(&table, Some(38)),
        "\
Model              Last         Cost
a-long-model-name  today       $1.00
漢字               yesterday  $12.00
"
    );
    assert_eq!(
        text(&table, Some(32)),
        "\
Model                Cost
a-long-model-name   $1.00
漢字               $12.00
"
    );
    assert_eq!(
        text(&table, Some(20)),
        "\
Model
  Last         Cost
a-long-model-name
  today       $1.00
漢字
  yesterday  $12.00
"
    );
    assert_eq!(
        text(&table, Some(10)),
        "\
Model
    Cost
a-long-mod
el-name
   $1.00
漢字
  $12.00
"
    );
    let layout = table.layout(Some(10));
    assert_eq!(layout.width(), 10);
    assert_eq!(layout.removed().collect::<Vec<_>>(), ["Requests", "Last"]);
}

#[test]
fn a_row_is_as_high_as_its_highest_shown_cell() {
    let mut table = Table::new(COLUMNS);
    let lines = Cell::lines(["one", "two"]);
    table.row(0, [lines, "1".into(), "x".into(), "$1.00".into()]);
    let layout = table.layout(None);
    let (_, lines) = layout.rows().next().unwrap();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[1].concat().trim_end(), "two");
}

#[test]
fn a_text_is_cut_only_where_no_lesser_column_is_left() {
    let mut table = Table::new([
        Column::key("Day"),
        Column::text("Models").rank(1),
        Column::number("p95").rank(2),
        Column::number("Cost"),
    ]);
    table.row(
        0,
        ["Monday", "gpt-4o-mini", "10 ms", "$1.00"].map(Cell::from),
    );
    let row = |limit| {
        let text = text(&table, Some(limit));
        text.lines().nth(1).unwrap().to_owned()
    };
    assert_eq!(row(33), "Monday  gpt-4o-mini  10 ms  $1.00");
    assert_eq!(row(32), "Monday  gpt-4o-mini  $1.00");
    assert_eq!(row(26), "Monday  gpt-4o-mini  $1.00");
    assert_eq!(row(25), "Monday  gpt-4o-mi…  $1.00");
    assert_eq!(row(22), "Monday  $1.00");
}

#[test]
fn a_whole_text_that_does_not_fit_is_below_its_row() {
    let mut table = Table::new([
        Column::key("Setting"),
        Column::whole("Value"),
        Column::whole("Origin"),
    ]);
    table.row(
        0,
        ["enabled", "true", "/home/ada/.codex/config.toml:2"].map(Cell::from),
    );
    table.row(1, ["dir", "logs", "default"].map(Cell::from));
    assert_eq!(
        text(&table, Some(30)),
        "\
Setting  Value  Origin
enabled  true
  Origin:
    /home/ada/.codex/config.to
    ml:2
dir      logs   default
"
    );
    assert_eq!(
        text(&table, Some(16)),
        "\
Setting  Value
enabled  true
  Origin:
    /home/ada/.c
    odex/config.
    toml:2
dir      logs
  Origin:
    default
"
    );
    assert_eq!(text(&table, None).lines().count(), 3);
}

proptest! {
    #[test]
    fn a_table_is_rectangular_and_fits_where_its_numbers_do(
        rows in proptest::collection::vec(("\\PC{0,30}", 0_u64..99_999, "[a-z]{0,9}", 0_u64..99_999), 0..6),
        limit in 0_usize..90,
    ) {
        let mut table = Table::new(COLUMNS);
        for (name, count, last, cost) in &rows {
            let cells = [name.clone(), count.to_string(), last.clone(), cost.to_string()];
            table.row((), cells.map(Cell::from));
        }
        let layout = table.layout(Some(limit));
        // The cost has five columns.
        prop_assert!(layout.width() <= limit.max(INDENT + 5));
        let key = rows.iter().map(|(name, ..)| columns(&visible(name))).max();
        let key = key.unwrap_or(0).max(columns("Model"));
        for (((), lines), (name, _, _, cost)) in layout.rows().zip(&rows) {
            for line in &lines {
                prop_assert!(columns(&line.concat()) <= layout.width());
            }
            let name = visible(name);
            prop_assert!(limit < key || lines[0][0].starts_with(&*name));
            let last = lines.last().unwrap();
            prop_assert_eq!(last.last().unwrap().trim(), cost.to_string());
        }
    }
}

#[test]
fn columns_under_one_heading_are_shown_and_removed_together() {
    let pair = |group, rank| ["A", "B"].map(|title| Column::number(title).under(group).rank(rank));
    let columns = [Column::key("Model")]
        .into_iter()
        .chain(pair("Cost", 0))
        .chain(pair("Latency p50", 1));
    let mut table = Table::new(columns);
    table.row(0, ["gpt", "$1.00", "$12.00", "1 s", "2 s"].map(Cell::from));
    assert_eq!(
        text(&table, None),
        concat!(
            "       ─── Cost ────  Latency p50\n",
            "Model      A       B    A       B\n",
            "gpt    $1.00  $12.00  1 s     2 s\n"
        )
    );
    assert_eq!(
        text(&table, Some(32)),
        concat!(
            "       ─── Cost ────\n",
            "Model      A       B\n",
            "gpt    $1.00  $12.00\n"
        )
    );
    let layout = table.layout(Some(32));
    assert_eq!(
        layout.removed().collect::<Vec<_>>(),
        ["Latency p50", "Latency p50"]
    );
    assert_eq!(
        text(&table, Some(18)),
        concat!(
            "Model\n",
            "  ─── Cost ────\n",
            "      A       B\n",
            "gpt\n",
            "  $1.00  $12.00\n"
        )
    );
}

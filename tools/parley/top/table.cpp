#include "tools/parley/top/table.hpp"

#include <algorithm>
#include <numeric>

#include "tools/parley/top/text.hpp"
#include "tools/parley/view/safe_text.hpp"

namespace parley::top {

namespace {

constexpr int gap = 2;
/// A text in a column may shrink to this.
constexpr int text_columns_min = 6;

std::optional<std::size_t> column_place(const table& what, const std::string& sort) {
  for (std::size_t i = 0; i < what.columns.size(); ++i)
    if (!sort.empty() && what.columns[i].sort == sort) return i;
  return std::nullopt;
}

std::string title_of(const column& of, const order& sorted) {
  if (of.sort.empty() || of.sort != sorted.by) return of.title;
  // It points to where the most is.
  const auto falls = (of.side == alignment::right) != sorted.is_reversed;
  return of.title + (falls ? "▼" : "▲");
}

/// How wide each column becomes; 0: it is left out.
std::vector<int> widths_of(const table& what, const order& sorted, int columns) {
  std::vector<int> widths;
  for (const auto& each : what.columns) {
    // With room for the mark, so that nothing moves when it comes.
    widths.push_back(view::columns_of(each.title) + (each.sort.empty() ? 0 : 1));
  }
  for (const auto& each : what.rows)
    for (std::size_t i = 0; i < widths.size(); ++i)
      widths[i] = std::max(widths[i], view::columns_of(each.cells[i].text));
  const auto total = [&] {
    int sum = -gap;
    for (const auto each : widths) sum += each > 0 ? each + gap : 0;
    return sum;
  };
  for (std::size_t i = 0; i < widths.size(); ++i) {
    const auto least = what.columns[i].shrinks_to;
    if (least > 0 && widths[i] > least)
      widths[i] = std::max(least, widths[i] - std::max(0, total() - columns));
  }
  while (total() > columns) {
    std::optional<std::size_t> victim;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      const auto spared = what.columns[i].spared;
      const auto is_sorted_by = !sorted.by.empty() && what.columns[i].sort == sorted.by;
      if (widths[i] == 0 || spared == 0 || is_sorted_by) continue;
      if (!victim || spared > what.columns[*victim].spared) victim = i;
    }
    if (!victim) break;
    widths[*victim] = 0;
  }
  // Then texts are cut, the longest first.
  while (total() > columns) {
    std::optional<std::size_t> longest;
    for (std::size_t i = 0; i < widths.size(); ++i)
      if (what.columns[i].side == alignment::left && widths[i] > text_columns_min &&
          (!longest || widths[i] > widths[*longest]))
        longest = i;
    if (!longest) break;
    --widths[*longest];
  }
  return widths;
}

std::string filled(const std::string& text, alignment side, int width) {
  return side == alignment::left ? left_in(text, width) : right_in(text, width);
}

}  // namespace

line cut_line(const line& whole, int columns) {
  line kept;
  kept.whole = whole.whole;
  for (const auto& each : whole.spans) {
    const auto width = view::columns_of(each.text);
    if (width <= columns) {
      kept.spans.push_back(each);
      columns -= width;
      continue;
    }
    if (columns > 0) kept.spans.push_back({cut_to(each.text, columns), each.style});
    break;
  }
  return kept;
}

void sort_rows(table& what, const order& wanted) {
  const auto place = column_place(what, wanted.by);
  const auto first_key = [](const row& left, const row& right) { return left.key < right.key; };
  if (!place) return std::ranges::sort(what.rows, first_key), void();
  const auto is_number = what.columns[*place].side == alignment::right;
  std::ranges::sort(what.rows, [&](const row& left, const row& right) {
    const auto& one = left.cells[*place];
    const auto& other = right.cells[*place];
    if (is_number) {
      if (one.weight.has_value() != other.weight.has_value()) return one.weight.has_value();
      if (one.weight && *one.weight != *other.weight)
        return (*one.weight > *other.weight) != wanted.is_reversed;
    } else if (one.text != other.text) {
      return (one.text < other.text) != wanted.is_reversed;
    }
    return first_key(left, right);
  });
}

std::string next_sort(const table& what, const std::string& now, int step) {
  std::vector<std::string> names;
  for (const auto& each : what.columns)
    if (!each.sort.empty()) names.push_back(each.sort);
  if (names.empty()) return now;
  const auto count = static_cast<int>(names.size());
  const auto found = std::ranges::find(names, now);
  const auto place = found == names.end() ? 0 : static_cast<int>(found - names.begin()) + step;
  return names[static_cast<std::size_t>((place + count) % count)];
}

table_lines lay_out(const table& what, const order& sorted, std::size_t first, std::size_t count,
                    int columns) {
  const auto widths = widths_of(what, sorted, columns);
  table_lines made;
  const auto add = [&](line& to, const std::string& text, std::size_t i, look style) {
    if (widths[i] == 0) return;
    if (!to.spans.empty()) to.add(std::string(gap, ' '), style == look::heading ? style : look::plain);
    to.add(filled(text, what.columns[i].side, widths[i]), style);
  };
  for (std::size_t i = 0; i < widths.size(); ++i)
    add(made.heading, title_of(what.columns[i], sorted), i, look::heading);
  made.heading = cut_line(made.heading, columns);
  made.heading.whole = look::heading;
  for (std::size_t n = first; n < what.rows.size() && n - first < count; ++n) {
    line shown;
    for (std::size_t i = 0; i < widths.size(); ++i)
      add(shown, what.rows[n].cells[i].text, i, what.rows[n].cells[i].style);
    made.rows.push_back(cut_line(shown, columns));
  }
  return made;
}

}  // namespace parley::top

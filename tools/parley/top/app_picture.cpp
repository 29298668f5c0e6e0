#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "tools/parley/top/app.hpp"
#include "tools/parley/top/text.hpp"
#include "tools/parley/view/safe_text.hpp"

namespace parley::top {

namespace {

constexpr std::string_view dot = " · ";

/// What a part of the screen is about needs its rows first: lists keep at least so many.
constexpr int list_rows_min = 4;

std::string joined(const std::vector<std::string>& parts) {
  std::string all;
  for (const auto& each : parts) {
    if (each.empty()) continue;
    if (!all.empty()) all += dot;
    all += each;
  }
  return all;
}

std::string in_one_line(std::string text) {
  std::ranges::replace(text, '\n', ' ');
  return text;
}

std::string end_of(std::string_view text, int columns) {
  while (view::columns_of(text) > columns) text.remove_prefix(view::first_code_point(text).bytes);
  return std::string{text};
}

}  // namespace

picture app::draw(size screen) {
  picture made;
  columns_ = std::max(screen.columns, 1);
  if (screen.rows < 1 || screen.columns < 1) return made;
  const size body{columns_, screen.rows - 1};
  draw_head(made, body);
  if (shows_help_)
    draw_help(made, body);
  else if (here().what == view_kind::actor)
    draw_page(made, body);
  else
    draw_list(made, body);
  made.rows.resize(static_cast<std::size_t>(screen.rows) - 1);
  draw_foot(made, screen);
  for (auto& each : made.rows) each = cut_line(each, columns_);
  made.cursor_column = std::min(made.cursor_column, columns_ - 1);
  return made;
}

std::string app::levels_words() const {
  std::map<std::string, int> levels;
  for (const auto& each : rates_.nodes())
    if (each.gone.empty()) ++levels[each.level];
  if (levels.size() == 1) return "level " + levels.begin()->first;
  std::string words;
  for (const auto& [level, nodes] : levels)
    words += fmt::format("{}{} at {}", words.empty() ? "levels: " : ", ", nodes, level);
  return words;
}

std::string app::path_words() const {
  std::string path = here().node.empty() ? "all nodes" : here().node;
  if (here().what == view_kind::kinds) path += " › kinds";
  if (here().what == view_kind::actors || here().what == view_kind::actor)
    path += " › " + (here().kind.empty() ? "all kinds" : here().kind);
  if (here().what == view_kind::actors) path += " › actors";
  if (here().what == view_kind::actor) path += " › " + here().actor;
  return path;
}

void app::draw_head(picture& to, size screen) const {
  std::uint64_t actors = 0;
  std::uint64_t waiting = 0;
  std::size_t there = 0;
  for (const auto& each : rates_.nodes()) {
    actors += each.actors;
    waiting += each.mailbox;
    there += each.gone.empty() ? 1U : 0U;
  }
  const auto& whole = rates_.whole();
  const auto gone = rates_.nodes().size() - there;
  const auto title = joined({"parley top", whole.answered_by,
                             fmt::format("{} node{}{}", there, there == 1 ? "" : "s",
                                         gone > 0 ? fmt::format(", {} gone", gone) : ""),
                             count_text(actors) + " actors", rate_text(rates_.handled()) + " msg/s",
                             count_text(waiting) + " wait"});
  const auto clock = clock_of(whole.taken_at);
  const auto room = screen.columns - view::columns_of(clock) - 2;
  line first;
  first.whole = look::bar;
  first.add(" " + view::safe_text(left_in(title, std::max(room - 1, 0))) + " " + clock + " ", look::bar);
  if (screen.rows >= 2) to.rows.push_back(std::move(first));
  if (screen.rows < list_rows_min + 3) return;
  line second;
  if (is_paused_) second.add("PAUSED (p goes on)", look::warning).add(std::string{dot}, look::dim);
  second.add(joined({levels_words(), fmt::format("skew {} ms", whole.skew_ms),
                     fmt::format("read in {:.0f} ms, {}, every {:.3g} s", read_ms_, bytes_text(read_bytes_),
                                 static_cast<double>(settings_.every.count()) / 1'000)}),
             look::dim);
  to.rows.push_back(std::move(second));
  line third;
  third.add(view::safe_text(path_words()), look::strong);
  if (here().what == view_kind::actors && !shows_help_)
    third.add(fmt::format("{}{} of {}", dot, count_text(list().rows.size()), count_text(actors)), look::dim);
  if (here().what == view_kind::nodes)
    for (const auto& each : rates_.nodes())
      if (!each.gone.empty())
        third.add(view::safe_text(fmt::format("{}{}: {}", dot, each.name, each.gone)), look::bad);
  if (!filter_text_.empty() && !is_prompting_)
    third.add(std::string{dot}, look::dim).add("filter: " + filter_text_, look::warning);
  to.rows.push_back(std::move(third));
}

/// Keeps the row on the screen, and the screen still while it can.
void app::scroll_to(std::size_t index, std::size_t count, std::size_t room) {
  auto& first = here().first;
  page_rows_ = std::max<std::size_t>(room, 1);
  if (index < first) first = index;
  if (index >= first + page_rows_) first = index + 1 - page_rows_;
  first = std::min(first, count > page_rows_ ? count - page_rows_ : 0);
}

void app::draw_list(picture& to, size screen) {
  const auto shown = list();
  std::vector<std::string> keys;
  for (const auto& each : shown.rows) keys.push_back(each.key);
  const auto index = find_selected(keys);
  here().index = index;
  const auto room = screen.rows - static_cast<int>(to.rows.size()) - 1;
  if (room < 1) return;
  scroll_to(index, keys.size(), static_cast<std::size_t>(room));
  auto made = lay_out(shown, here().sorted, here().first, page_rows_, std::max(columns_ - 2, 1));
  made.heading.spans.insert(made.heading.spans.begin(), {"  ", look::heading});
  to.rows.push_back(std::move(made.heading));
  for (std::size_t i = 0; i < made.rows.size(); ++i) {
    const auto is_chosen = here().first + i == index;
    auto& each = made.rows[i];
    each.spans.insert(each.spans.begin(), {is_chosen ? "› " : "  ", look::plain});
    if (is_chosen) each.whole = look::chosen;
    to.rows.push_back(std::move(each));
  }
  if (!made.rows.empty()) return;
  const auto is_asking = rates_.is_empty() || (here().what == view_kind::actors &&
                                               asked_for_ != actors_path() && !actors_path().empty());
  to.rows.emplace_back(is_asking            ? "  asking..."
                       : filter_.is_empty() ? "  nothing is there"
                                            : "  nothing fits the filter (c clears it)",
                       look::dim);
}

void app::draw_page(picture& to, size screen) {
  auto lines = page(std::max(columns_ - 2, 1));
  std::vector<std::string> keys;
  for (const auto& each : lines) keys.push_back(each.other);
  const auto index = find_selected(keys);
  const auto room = screen.rows - static_cast<int>(to.rows.size());
  if (room < 1) return;
  scroll_to(index, lines.size(), static_cast<std::size_t>(room));
  for (auto i = here().first; i < lines.size() && i < here().first + page_rows_; ++i) {
    auto& each = lines[i].shown;
    each.spans.insert(each.spans.begin(),
                      {i == index ? "› " : "  ", each.whole == look::heading ? look::heading : look::plain});
    if (i == index) each.whole = look::chosen;
    to.rows.push_back(std::move(each));
  }
}

void app::draw_help(picture& to, size screen) {
  const auto room = std::max(screen.rows - static_cast<int>(to.rows.size()), 1);
  page_rows_ = static_cast<std::size_t>(room);
  const auto& lines = help_lines();
  help_first_ = std::min(help_first_, lines.size() > page_rows_ ? lines.size() - page_rows_ : 0);
  for (auto i = help_first_; i < lines.size() && i < help_first_ + page_rows_; ++i) {
    const auto is_heading = !lines[i].empty() && lines[i].front() != ' ';
    to.rows.emplace_back(lines[i], is_heading ? look::strong : look::plain);
  }
}

void app::draw_foot(picture& to, size screen) const {
  line foot;
  if (is_prompting_) {
    foot.add("filter: ", look::strong).add(filter_text_);
    to.cursor_row = screen.rows - 1;
    to.cursor_column = view::columns_of("filter: " + filter_text_);
    if (!note_.empty()) foot.add("   " + view::safe_text(note_), look::bad);
    // The end of what is typed stays in sight.
    if (to.cursor_column >= columns_) {
      foot = line{end_of(filter_text_, columns_ / 2), look::plain};
      to.cursor_column = view::columns_of(foot.text());
    }
  } else if (!trouble_.empty()) {
    foot.add("! " + view::safe_text(in_one_line(trouble_)), look::bad);
  } else if (!note_.empty()) {
    foot.add(view::safe_text(note_), look::warning);
  } else if (shows_help_) {
    foot.add("any other key goes back; down and up move", look::dim);
  } else {
    const auto is_page = here().what == view_kind::actor;
    foot.add("?", look::strong).add(" help  ").add("q", look::strong).add(" quit  ");
    foot.add("Enter", look::strong).add(" open  ").add("Backspace", look::strong).add(" back  ");
    if (!is_page) foot.add("s", look::strong).add(" sort  ").add("/", look::strong).add(" filter  ");
    foot.add("p", look::strong).add(" pause  ").add("l", look::strong).add(" level");
  }
  to.rows.push_back(std::move(foot));
}

}  // namespace parley::top

#include <algorithm>
#include <array>

#include "tools/parley/top/app.hpp"
#include "tools/parley/view/safe_text.hpp"

namespace parley::top {

effect app::press(const key& pressed) {
  using name = key::name;
  if (is_prompting_) return press_in_prompt(pressed);
  note_.clear();
  if (shows_help_) return press_in_help(pressed);
  switch (pressed.what) {
    case name::text:
      return pressed.text.size() == 1 ? press_letter(pressed.text.front()) : effect::none;
    case name::enter:
    case name::right:
      return open();
    case name::escape:
    case name::backspace:
    case name::left:
      return back();
    case name::tab: {
      // Around the three lists.
      const auto next = here().what == view_kind::nodes   ? view_kind::kinds
                        : here().what == view_kind::kinds ? view_kind::actors
                                                          : view_kind::nodes;
      places_.clear();
      return go_to(place_of(next));
    }
    case name::up:
      move(-1);
      break;
    case name::down:
      move(1);
      break;
    case name::page_up:
      move(-static_cast<long>(page_rows_));
      break;
    case name::page_down:
      move(static_cast<long>(page_rows_));
      break;
    case name::home:
      here().selected.clear();
      here().index = 0;
      break;
    case name::end:
      move(1'000'000'000);
      break;
    case name::other:
      break;
  }
  return effect::none;
}

effect app::press_letter(char letter) {
  switch (letter) {
    case 'q':
      return effect::quit;
    case '?':
    case 'h':
      shows_help_ = true;
      help_first_ = 0;
      return effect::none;
    case 'p':
    case ' ':
      is_paused_ = !is_paused_;
      return is_paused_ ? effect::none : effect::ask;
    case 's':
      return sort_by_next(1);
    case 'S':
      return sort_by_next(-1);
    case 'r':
      here().sorted.is_reversed = !here().sorted.is_reversed;
      return effect::none;
    case '/':
    case 'f':
      is_prompting_ = true;
      filter_before_ = filter_text_;
      return effect::none;
    case 'c':
      filter_text_.clear();
      filter_ = {};
      return effect::ask;
    case 'l':
      return raise_level();
    case 'L':
      return effect::count_less;
    case 'j':
      move(1);
      return effect::none;
    case 'k':
      move(-1);
      return effect::none;
    case '1':
    case '2':
    case '3':
      places_.clear();
      return go_to(place_of(std::array{view_kind::nodes, view_kind::kinds,
                                       view_kind::actors}[static_cast<std::size_t>(letter - '1')]));
    default:
      note_ = "that key does nothing here; ? shows which do";
      return effect::none;
  }
}

effect app::press_in_help(const key& pressed) {
  using name = key::name;
  const auto last = help_lines().size() - 1;
  if (pressed.what == name::down || pressed.text == "j") {
    help_first_ = std::min(help_first_ + 1, last);
  } else if (pressed.what == name::up || pressed.text == "k") {
    help_first_ -= help_first_ > 0 ? 1 : 0;
  } else if (pressed.what == name::page_down || pressed.text == " ") {
    help_first_ = std::min(help_first_ + page_rows_, last);
  } else if (pressed.what == name::page_up) {
    help_first_ -= std::min(help_first_, page_rows_);
  } else if (pressed.what != name::other) {
    shows_help_ = false;
  }
  return effect::none;
}

effect app::press_in_prompt(const key& pressed) {
  using name = key::name;
  switch (pressed.what) {
    case name::text:
      if (filter_text_.size() + pressed.text.size() <= filter_bytes_max &&
          view::safe_text(pressed.text) == pressed.text)
        filter_text_ += pressed.text;
      try_filter();
      return effect::none;
    case name::backspace:
      while (!filter_text_.empty() && (static_cast<unsigned char>(filter_text_.back()) & 0xc0U) == 0x80U)
        filter_text_.pop_back();
      if (!filter_text_.empty()) filter_text_.pop_back();
      try_filter();
      return effect::none;
    case name::escape:
      filter_text_ = filter_before_;
      try_filter();
      is_prompting_ = false;
      return effect::ask;
    case name::enter:
      try_filter();
      // What is wrong is said, and can be put right.
      is_prompting_ = !note_.empty();
      return is_prompting_ ? effect::none : effect::ask;
    default:
      return effect::none;
  }
}

/// What is typed counts at once, as far as it says something.
void app::try_filter() {
  auto wanted = parse_filter(filter_text_);
  note_ = wanted.has_error() ? wanted.error().message : "";
  if (wanted.has_error()) return;
  filter_ = std::move(*wanted);
  here().first = 0;
}

effect app::go_to(place where) {
  if (where.sorted.by.empty()) where.sorted = place_of(where.what).sorted;
  const auto is_of_actors = where.what == view_kind::actors || where.what == view_kind::actor;
  if (where.what == view_kind::actor) has_asked_directory_ = false;
  // So many steps back are enough.
  if (places_.size() >= 100) places_.erase(places_.begin() + 1);
  places_.push_back(std::move(where));
  return is_of_actors ? effect::ask : effect::none;
}

effect app::open() {
  const auto keys = keys_here();
  if (keys.empty()) return effect::none;
  here().index = find_selected(keys);
  const auto chosen = keys[here().index];
  here().selected = chosen;
  place next;
  next.node = here().node;
  next.kind = here().kind;
  switch (here().what) {
    case view_kind::nodes:
      next.what = view_kind::kinds;
      next.node = chosen;
      return go_to(std::move(next));
    case view_kind::kinds:
      next.what = view_kind::actors;
      next.kind = chosen;
      return go_to(std::move(next));
    case view_kind::actors:
    case view_kind::actor:
      break;
  }
  if (chosen.empty() || chosen == here().actor) return effect::none;
  const auto known = labels_.find(chosen);
  if (known == labels_.end()) {
    note_ = chosen + " is not among the actors that were shown so far: it may have ended";
    return effect::none;
  }
  next.what = view_kind::actor;
  next.actor = chosen;
  next.node = node_of(chosen);
  next.kind = known->second.kind;
  next.entity = known->second.entity;
  return go_to(std::move(next));
}

effect app::back() {
  if (places_.size() > 1) {
    places_.pop_back();
    return effect::ask;
  }
  // One level up, though nobody came from there.
  if (here().what == view_kind::nodes) {
    note_ = "this is the top; q quits";
    return effect::none;
  }
  const auto above = here().what == view_kind::actors ? view_kind::kinds : view_kind::nodes;
  places_.clear();
  return go_to(place_of(above));
}

effect app::sort_by_next(int step) {
  if (here().what == view_kind::actor) return effect::none;
  here().sorted = {next_sort(list(), here().sorted.by, step), false};
  return here().what == view_kind::actors ? effect::ask : effect::none;
}

effect app::raise_level() const {
  const auto counts_kinds = std::ranges::any_of(
      rates_.nodes(), [](const auto& each) { return each.gone.empty() && each.level == "kinds"; });
  return counts_kinds ? effect::count_actors : effect::count_edges;
}

void app::move(long by) {
  const auto keys = keys_here();
  if (keys.empty()) return;
  const auto last = static_cast<long>(keys.size()) - 1;
  const auto to = std::clamp(static_cast<long>(find_selected(keys)) + by, 0L, last);
  here().index = static_cast<std::size_t>(to);
  here().selected = keys[here().index];
}

}  // namespace parley::top

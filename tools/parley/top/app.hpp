#pragma once

#include <chrono>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tools/parley/client/problem.hpp"
#include "tools/parley/top/actor_page.hpp"
#include "tools/parley/top/filter.hpp"
#include "tools/parley/top/lists.hpp"
#include "tools/parley/top/picture.hpp"
#include "tools/parley/top/question.hpp"
#include "tools/parley/top/rates.hpp"

namespace parley::top {

enum class view_kind { nodes, kinds, actors, actor };

/// What somebody looks at, and where in it.
struct place {
  view_kind what = view_kind::nodes;
  std::string node;    // only there; empty: everywhere
  std::string kind;    // only of this kind; empty: of all
  std::string actor;   // the id, when it is one actor
  std::string entity;  // what that actor stands for
  order sorted{};
  std::string selected;   // the key of the row; empty: the first, whichever it is
  std::size_t index = 0;  // where that row was last
  std::size_t first = 0;  // the first row on the screen
};

/// The whole of a view, sorted as it is at first.
place place_of(view_kind what);

/// A key that was pressed.
struct key {
  enum class name {
    text,
    enter,
    escape,
    backspace,
    tab,
    up,
    down,
    left,
    right,
    page_up,
    page_down,
    home,
    end,
    other
  };
  name what = name::text;
  std::string text;  // a character, for `text`
};

/// What whoever shows the app is to do after a key.
enum class effect { none, ask, quit, count_actors, count_edges, count_less };

struct app_settings {
  std::chrono::milliseconds every{1'000};
  std::size_t actors = 2'000;  // how many of the hottest are asked for
  bool names = false;
  place start{};
  std::string wanted;  // a filter that `parse_filter` takes
};

/// `parley top` without a terminal and without a network: answers and keys in, questions and pictures out.
class app {
public:
  explicit app(app_settings settings);

  /// What to ask now.
  [[nodiscard]] std::vector<question> questions() const;
  /// What was answered. An answer to what is not looked at any more is dropped.
  void take(const answers& told);
  /// How a level was raised or set back, in words; or why not.
  void take_level(const client::outcome<std::string>& told);

  effect press(const key& pressed);
  [[nodiscard]] bool is_paused() const { return is_paused_; }

  /// What to show on a screen of this size; keys move by pages of the last one shown.
  picture draw(size screen);

  /// A filter may be so long.
  static constexpr std::size_t filter_bytes_max = 200;
  /// Of so many actors it is remembered what they are.
  static constexpr std::size_t names_max = 60'000;

private:
  struct label {
    std::string kind;
    std::string entity;
    std::string name;
  };

  // Keys: app_keys.cpp.
  effect press_in_prompt(const key& pressed);
  effect press_in_help(const key& pressed);
  effect press_letter(char letter);
  effect open();
  effect back();
  effect go_to(place where);
  effect sort_by_next(int step);
  effect raise_level() const;
  void move(long by);
  void try_filter();

  // What is seen: app.cpp.
  [[nodiscard]] place& here() { return places_.back(); }
  [[nodiscard]] const place& here() const { return places_.back(); }
  [[nodiscard]] table list() const;
  [[nodiscard]] std::vector<page_line> page(int columns) const;
  [[nodiscard]] std::vector<std::string> keys_here() const;
  [[nodiscard]] const actor_now* shown_actor() const;
  [[nodiscard]] std::string actors_path() const;
  [[nodiscard]] std::string who_is(const std::string& id) const;
  [[nodiscard]] std::string level_of(const std::string& node) const;
  [[nodiscard]] bool needs_directory() const;
  void learn_names(const std::vector<actor>& of);
  [[nodiscard]] std::size_t find_selected(const std::vector<std::string>& keys) const;

  // How it looks: app_picture.cpp.
  void draw_head(picture& to, size screen) const;
  void draw_list(picture& to, size screen);
  void draw_page(picture& to, size screen);
  void draw_help(picture& to, size screen);
  void draw_foot(picture& to, size screen) const;
  void scroll_to(std::size_t index, std::size_t count, std::size_t room);
  [[nodiscard]] std::string levels_words() const;
  [[nodiscard]] std::string path_words() const;

  app_settings settings_;
  rates rates_;
  std::vector<place> places_;
  filter filter_;
  std::string filter_text_;
  std::string filter_before_;  // while one is typed
  std::string note_;           // until the next key
  std::string trouble_;        // until the next good answer
  std::string asked_for_;      // the path of what `rates_` knows of actors
  std::unordered_map<std::string, label> labels_;
  bool has_asked_directory_ = false;
  std::size_t actors_told_ = 0;
  double read_ms_ = 0;
  std::size_t read_bytes_ = 0;
  bool is_paused_ = false;
  bool is_prompting_ = false;
  bool shows_help_ = false;
  std::size_t help_first_ = 0;
  std::size_t page_rows_ = 10;
  int columns_ = 80;
};

/// The help, a line each; what does not begin with a space is a heading.
const std::vector<std::string>& help_lines();

}  // namespace parley::top

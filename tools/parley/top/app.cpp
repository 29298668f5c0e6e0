#include "tools/parley/top/app.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "tools/parley/commands/operator_calls.hpp"

namespace parley::top {

namespace {

constexpr const char* topology = "/v1/operator/topology?";
/// Words are looked for among so many actors, and in a directory are so many.
constexpr std::size_t searched_actors = 20'000;
constexpr std::size_t page_edges = 2'000;

/// By what a node chooses the hottest, for a list that is sorted so.
const char* chosen_by(const std::string& sort) {
  if (sort == "mailbox" || sort == "most") return "mailbox";
  if (sort == "time") return "time";
  return "messages";
}

std::string list_of(const std::set<std::string>& names) {
  std::string list;
  for (const auto& each : names) list += (list.empty() ? "" : ",") + commands::encoded(each);
  return list;
}

}  // namespace

place place_of(view_kind what) {
  place whole;
  whole.what = what;
  whole.sorted.by = what == view_kind::nodes ? "name" : "messages";
  return whole;
}

app::app(app_settings settings) : settings_(std::move(settings)), filter_text_(settings_.wanted) {
  if (auto wanted = parse_filter(filter_text_); wanted.has_value()) filter_ = std::move(*wanted);
  places_.push_back(settings_.start);
  if (here().sorted.by.empty()) here().sorted = place_of(here().what).sorted;
}

std::string app::actors_path() const {
  const auto& at = here();
  std::string path = topology;
  if (at.what == view_kind::actor) {
    path += fmt::format("edges={}&top={}&by=messages", page_edges, searched_actors);
    path += at.entity.empty()
                ? fmt::format("&kind={}&node={}", commands::encoded(at.kind), commands::encoded(at.node))
                : "&entity=" + commands::encoded(at.entity);
  } else {
    std::set<std::string> kinds;
    std::set<std::string> nodes;
    for (const auto& each : rates_.whole().kinds)
      if ((at.kind.empty() || each.kind == at.kind) && filter_.has_kind(each.kind)) kinds.insert(each.kind);
    for (const auto& each : rates_.whole().nodes)
      if ((at.node.empty() || each.name == at.node) && filter_.has_node(each.name)) nodes.insert(each.name);
    // The node would refuse what there is not.
    if (kinds.empty() || nodes.empty()) return {};
    const auto most = filter_.words.empty() ? settings_.actors : std::max(settings_.actors, searched_actors);
    path += fmt::format("edges=0&top={}&by={}", most, chosen_by(at.sorted.by));
    if (!at.kind.empty() || !filter_.kinds.empty()) path += "&kind=" + list_of(kinds);
    if (nodes.size() == 1 && rates_.whole().nodes.size() > 1) path += "&node=" + list_of(nodes);
  }
  return path + (settings_.names ? "&names=true" : "");
}

std::vector<question> app::questions() const {
  std::vector<question> asked{{question::about::whole, std::string{topology} + "actors=false&edges=0"}};
  const auto is_of_actors = here().what == view_kind::actors || here().what == view_kind::actor;
  if (!is_of_actors || rates_.is_empty()) return asked;
  if (auto path = actors_path(); !path.empty()) asked.push_back({question::about::actors, std::move(path)});
  if (needs_directory())
    asked.push_back(
        {question::about::directory, fmt::format("{}edges=0&top={}&by=messages{}", topology, searched_actors,
                                                 settings_.names ? "&names=true" : "")});
  return asked;
}

/// Once for a page: whoever it has to do with and is not known is not among the many then.
bool app::needs_directory() const {
  if (here().what != view_kind::actor || has_asked_directory_) return false;
  return std::ranges::any_of(rates_.edges(), [&](const auto& each) {
    return !labels_.contains(each.what.from) || !labels_.contains(each.what.to);
  });
}

void app::learn_names(const std::vector<actor>& of) {
  if (labels_.size() + of.size() > names_max) labels_.clear();
  for (const auto& each : of) labels_[each.id] = {each.kind, each.entity, each.name};
}

void app::take(const answers& told) {
  if (!told.note.empty()) note_ = told.note;
  for (const auto& [asked, got] : told.parts) {
    if (got.has_error()) {
      trouble_ = got.error().message;
      return;
    }
    if (asked.what == question::about::whole) rates_.learn(*got);
    if (asked.what == question::about::directory) {
      learn_names(got->actors);
      has_asked_directory_ = true;
    }
    if (asked.what != question::about::actors || asked.path != actors_path()) continue;
    if (asked.path != asked_for_) rates_.forget_actors();
    asked_for_ = asked.path;
    learn_names(got->actors);
    actors_told_ = got->actors.size();
    rates_.learn_actors(*got);
  }
  trouble_.clear();
  read_ms_ = told.took_ms;
  read_bytes_ = told.bytes;
}

void app::take_level(const client::outcome<std::string>& told) {
  note_ = told.has_error() ? told.error().message : *told;
}

std::string app::who_is(const std::string& id) const {
  const auto found = labels_.find(id);
  if (found == labels_.end()) return {};
  const auto& [kind, entity, name] = found->second;
  return kind + (entity.empty() ? "" : " " + entity) + (name.empty() ? "" : " " + name);
}

std::string app::level_of(const std::string& node) const {
  const auto found = std::ranges::find(rates_.nodes(), node, &node_now::name);
  return found == rates_.nodes().end() ? "kinds" : found->level;
}

const actor_now* app::shown_actor() const {
  if (asked_for_ != actors_path()) return nullptr;
  for (const auto& each : rates_.actors())
    if (each.what.id == here().actor) return &each;
  return nullptr;
}

table app::list() const {
  table made;
  switch (here().what) {
    case view_kind::nodes:
      made = nodes_table(rates_, filter_);
      break;
    case view_kind::kinds:
      made = kinds_table(rates_, filter_, here().node);
      break;
    case view_kind::actors:
      // What is known of other actors is not what is looked at.
      made = actors_table(asked_for_ == actors_path() ? rates_ : rates{}, filter_, here().node, here().kind);
      break;
    case view_kind::actor:
      break;
  }
  sort_rows(made, here().sorted);
  return made;
}

std::vector<page_line> app::page(int columns) const {
  const auto* shown = shown_actor();
  if (shown == nullptr) {
    const auto is_asked = asked_for_ == actors_path();
    return {{line{is_asked ? here().actor + " is not there: it has ended, or its node is gone" : "asking...",
                  is_asked ? look::bad : look::dim},
             ""}};
  }
  return actor_page(
      *shown, rates_.edges(), level_of(shown->what.node), [this](const auto& id) { return who_is(id); },
      columns);
}

std::vector<std::string> app::keys_here() const {
  std::vector<std::string> keys;
  if (here().what == view_kind::actor) {
    for (auto& each : page(columns_)) keys.push_back(std::move(each.other));
    return keys;
  }
  for (auto& each : list().rows) keys.push_back(std::move(each.key));
  return keys;
}

std::size_t app::find_selected(const std::vector<std::string>& keys) const {
  if (keys.empty() || here().selected.empty())
    return here().what == view_kind::actor ? std::min(here().index, keys.size() - (keys.empty() ? 0 : 1)) : 0;
  // On a page, many lines may be about one actor.
  if (here().index < keys.size() && keys[here().index] == here().selected) return here().index;
  const auto found = std::ranges::find(keys, here().selected);
  if (found != keys.end()) return static_cast<std::size_t>(found - keys.begin());
  return std::min(here().index, keys.size() - 1);
}

}  // namespace parley::top

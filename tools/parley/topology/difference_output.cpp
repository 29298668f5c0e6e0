#include <fmt/format.h>

#include "tools/parley/topology/difference.hpp"
#include "tools/parley/view/safe_text.hpp"

namespace parley::topology {

namespace {

constexpr std::size_t lines_max = 20;

template <class T, class Show>
json::array each_json(const std::vector<T>& all, Show show) {
  json::array out;
  out.reserve(all.size());
  for (const auto& each : all) out.push_back(show(each));
  return out;
}

json::value moved_json(const moved_actor& what) {
  return json::object{{"kind", what.kind}, {"entity", what.entity}, {"from", what.from}, {"to", what.to}};
}

template <class T, class Show>
void add_part(std::string& out, std::string_view title, const std::vector<T>& all, Show show) {
  if (all.empty()) return;
  out += fmt::format("\n{}: {}\n", title, all.size());
  for (std::size_t i = 0; i < all.size() && i < lines_max; ++i)
    out += fmt::format("  {}\n", view::safe_text(show(all[i])));
  if (all.size() > lines_max)
    out += fmt::format("  … and {} more; --json shows all\n", all.size() - lines_max);
}

std::string actor_line(const actor& what) {
  return fmt::format("{} {} {}", what.id, what.kind, what.name.empty() ? what.entity : what.name);
}
std::string moved_line(const moved_actor& what) {
  return fmt::format("{} {}: {} -> {}", what.kind, what.entity, what.from, what.to);
}
std::string edge_line(const edge& what) {
  return fmt::format("{} -> {} {} ({})", what.from, what.to, what.type, what.count);
}
std::string flow_line(const flow& what) {
  return fmt::format("{} -> {} ({})", what.from, what.to, what.count);
}
std::string count_line(const changed_count& what) {
  return fmt::format("{} {}: {} -> {} ({}{})", what.who, what.what, what.before, what.after,
                     what.after > what.before ? "+" : "-", what.by());
}
std::string same(const std::string& text) { return text; }

}  // namespace

json::object to_json(const difference& what) {
  const auto any = [](const auto& each) { return json::value(to_json(each)); };
  return {{"before", what.before_at},
          {"after", what.after_at},
          {"nodes_came", each_json(what.nodes_came, [](const auto& each) { return json::value(each); })},
          {"nodes_gone", each_json(what.nodes_gone, [](const auto& each) { return json::value(each); })},
          {"actors_came", each_json(what.actors_came, any)},
          {"actors_gone", each_json(what.actors_gone, any)},
          {"actors_moved", each_json(what.actors_moved, moved_json)},
          {"actors_restarted", each_json(what.actors_restarted, moved_json)},
          {"edges_came", each_json(what.edges_came, any)},
          {"edges_gone", each_json(what.edges_gone, any)},
          {"flows_came", each_json(what.flows_came, any)},
          {"flows_gone", each_json(what.flows_gone, any)},
          {"counts", each_json(what.counts, [](const changed_count& each) {
             return json::value(json::object{
                 {"who", each.who}, {"what", each.what}, {"before", each.before}, {"after", each.after}});
           })}};
}

std::string to_text(const difference& what) {
  auto out = fmt::format("from {} to {}\n", view::safe_text(what.before_at), view::safe_text(what.after_at));
  const auto head = out.size();
  add_part(out, "nodes came", what.nodes_came, same);
  add_part(out, "nodes gone", what.nodes_gone, same);
  add_part(out, "actors moved", what.actors_moved, moved_line);
  add_part(out, "actors restarted", what.actors_restarted, moved_line);
  add_part(out, "actors came", what.actors_came, actor_line);
  add_part(out, "actors gone", what.actors_gone, actor_line);
  add_part(out, "edges came", what.edges_came, edge_line);
  add_part(out, "edges gone", what.edges_gone, edge_line);
  add_part(out, "flows came", what.flows_came, flow_line);
  add_part(out, "flows gone", what.flows_gone, flow_line);
  add_part(out, "counts that changed, the largest change first", what.counts, count_line);
  return out.size() == head ? out + "nothing differs\n" : out;
}

}  // namespace parley::topology

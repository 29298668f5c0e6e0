#include <simdjson.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>
#include <string_view>
#include <utility>

#include "transport/operator_topology_json.hpp"
#include "transport/protocol/json_writer.hpp"

namespace parley {

namespace {

namespace dom = simdjson::dom;

/// An element of an array of the snapshot as text, with what it is sorted by.
struct weighed_text {
  double weight = 0;
  std::string text;
};

struct merged_edge {
  std::string from;
  std::string to;
  std::string type;
  std::int64_t count = 0;
  std::int64_t error = 0;
  std::int64_t bytes = -1;  // -1: not told
};

std::string_view text_in(const dom::element& of, std::string_view name) {
  std::string_view text;
  return of[name].get(text) ? std::string_view{} : text;
}

std::int64_t number_in(const dom::element& of, std::string_view name, std::int64_t otherwise = 0) {
  std::int64_t number = 0;
  return of[name].get(number) ? otherwise : number;
}

/// Milliseconds since 1970 of a time as `json_writer` writes it.
std::optional<timestamp_ms> time_in(std::string_view text) {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int milliseconds = 0;
  if (std::sscanf(std::string(text).c_str(), "%4d-%2u-%2uT%2d:%2d:%2d.%3dZ", &year, &month, &day, &hour,
                  &minute, &second, &milliseconds) != 7)
    return std::nullopt;
  const std::chrono::sys_days date{std::chrono::year{year} / std::chrono::month{month} /
                                   std::chrono::day{day}};
  return std::chrono::duration_cast<std::chrono::milliseconds>(date.time_since_epoch()).count() +
         ((hour * 60 + minute) * 60 + second) * timestamp_ms{1'000} + milliseconds;
}

double weight_of(const dom::element& actor, actor_order by) {
  if (by == actor_order::messages) return static_cast<double>(number_in(actor, "handled"));
  if (by == actor_order::mailbox) return static_cast<double>(number_in(actor, "mailbox"));
  double sum = 0;
  return actor["handling_us"]["sum"].get(sum) ? 0.0 : sum;
}

class merging {
public:
  explicit merging(const snapshot_frame& frame) : frame_(frame) {}

  void add(const std::string& body) {
    dom::element part;
    if (parser_.parse(body).get(part)) return;
    for (const auto& node : elements(part, "nodes")) add_node(node);
    for (const auto& each : elements(part, "kinds")) kinds_.push_back({0, simdjson::minify(each)});
    for (const auto& each : elements(part, "actors"))
      actors_.push_back({weight_of(each, frame_.question.by), simdjson::minify(each)});
    for (const auto& each : elements(part, "edges"))
      edges_.push_back({std::string(text_in(each, "from")), std::string(text_in(each, "to")),
                        std::string(text_in(each, "type")), number_in(each, "count"),
                        number_in(each, "error"), number_in(each, "bytes", -1)});
    for (const auto& each : elements(part, "flows"))
      flows_.push_back({static_cast<double>(number_in(each, "count")), simdjson::minify(each)});
  }

  void add(const missing_part& missing) {
    std::string text;
    json_writer to{text};
    to.raw("{").member("name").text(missing.node.name);
    to.member("incarnation").id(missing.node.incarnation).member("version").text(missing.node.version);
    to.raw(R"(,"level":"kinds","cut_at":null,"started_at":null,"actors":0,"actors_shown":0)");
    to.raw(R"(,"edges_since":null,"edges_forgotten":0,"events":0,"links":{})");
    to.member("missing").text(missing.why).raw("}");
    nodes_.emplace(missing.node.name, std::move(text));
  }

  std::string body() {
    const auto& question = frame_.question;
    if (question.top) keep_heaviest(actors_, *question.top);
    keep_heaviest(flows_, question.edges);
    std::string body;
    json_writer to{body};
    to.raw("{").member("schema").text("parley.topology/1").member("taken_at").time(frame_.taken_at);
    to.member("answered_by").text(frame_.answered_by);
    to.member("skew_ms").number(cuts_.empty() ? 0 : std::ranges::max(cuts_) - std::ranges::min(cuts_));
    to.member("names").boolean(question.with_names).member("nodes").raw("[");
    for (const auto& [name, text] : nodes_) to.separate().raw(text);
    to.raw("]");
    write(to, "kinds", kinds_);
    write(to, "actors", actors_);
    write_edges(to);
    write(to, "flows", flows_);
    to.raw("}");
    return body;
  }

private:
  /// Those of an array; none where there is no array.
  static std::vector<dom::element> elements(const dom::element& of, std::string_view name) {
    std::vector<dom::element> all;
    dom::array found;
    if (of[name].get(found)) return all;
    for (const auto each : found) all.push_back(each);
    return all;
  }

  void add_node(const dom::element& node) {
    const std::string name{text_in(node, "name")};
    if (const auto cut = time_in(text_in(node, "cut_at"))) cuts_.push_back(*cut);
    dom::object links;
    if (!node["links"].get(links))
      for (const auto link : links) {
        std::string_view actor;
        if (!link.value.get(actor)) links_.emplace(std::pair{name, std::string(link.key)}, actor);
      }
    nodes_.emplace(name, simdjson::minify(node));
  }

  static void keep_heaviest(std::vector<weighed_text>& all, std::size_t most) {
    std::ranges::stable_sort(all, std::ranges::greater{}, &weighed_text::weight);
    if (all.size() > most) all.resize(most);
  }

  static void write(json_writer& to, std::string_view name, const std::vector<weighed_text>& all) {
    to.member(name).raw("[");
    for (const auto& each : all) to.separate().raw(each.text);
    to.raw("]");
  }

  void write_edges(json_writer& to) {
    std::ranges::stable_sort(edges_, std::ranges::greater{}, &merged_edge::count);
    if (edges_.size() > frame_.question.edges) edges_.resize(frame_.question.edges);
    to.member("edges").raw("[");
    for (const auto& each : edges_) {
      to.separate().raw("{").member("from").text(known_sender(each)).member("to").text(each.to);
      to.member("type").text(each.type).member("count").number(each.count);
      to.member("error").number(each.error);
      if (each.bytes >= 0) to.member("bytes").number(each.bytes);
      to.raw("}");
    }
    to.raw("]");
  }

  /// Of an edge between nodes: the link there that leads here, if that node told it.
  [[nodiscard]] std::string known_sender(const merged_edge& edge) const {
    if (!edge.from.ends_with("/0")) return edge.from;
    const auto peer = edge.from.substr(0, edge.from.size() - 2);
    const auto found = links_.find({peer, edge.to.substr(0, edge.to.find('/'))});
    return found == links_.end() ? edge.from : found->second;
  }

  const snapshot_frame& frame_;
  dom::parser parser_;
  std::map<std::string, std::string> nodes_;  // by name
  std::map<std::pair<std::string, std::string>, std::string> links_;
  std::vector<timestamp_ms> cuts_;
  std::vector<weighed_text> kinds_;
  std::vector<weighed_text> actors_;
  std::vector<merged_edge> edges_;
  std::vector<weighed_text> flows_;
};

}  // namespace

std::string merged_snapshot(const snapshot_frame& frame, const std::vector<std::string>& parts,
                            const std::vector<missing_part>& missing) {
  merging all{frame};
  for (const auto& each : parts) all.add(each);
  for (const auto& each : missing) all.add(each);
  return all.body();
}

}  // namespace parley

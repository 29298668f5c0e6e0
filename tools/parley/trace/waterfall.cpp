#include "tools/parley/trace/waterfall.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "tools/parley/topology/moment.hpp"
#include "tools/parley/trace/time_text.hpp"
#include "tools/parley/view/safe_text.hpp"

namespace parley::trace {

namespace {

constexpr int columns_least = 60;
constexpr int columns_most = 200;
constexpr int time_columns = 8;  // a space and `-99.9ms`
constexpr int node_columns_max = 10;
constexpr int bar_least = 10;

constexpr const char* bold = "\x1b[1m";
constexpr const char* plain = "\x1b[0m";
constexpr const char* waited_colour = "\x1b[33m";
constexpr const char* handled_colour = "\x1b[36m";

/// The text in exactly this many columns; what is too long ends in `…`.
std::string fitted(const std::string& text, int columns) {
  const auto has = view::columns_of(text);
  if (has <= columns) return text + std::string(static_cast<std::size_t>(columns - has), ' ');
  std::string out;
  int used = 0;
  for (std::string_view rest = text; !rest.empty();) {
    const auto next = view::first_code_point(rest);
    const auto wide = view::columns_of(next.value);
    if (used + wide > columns - 1) break;
    out += rest.substr(0, next.bytes);
    used += wide;
    rest.remove_prefix(next.bytes);
  }
  return out + "…" + std::string(static_cast<std::size_t>(std::max(columns - 1 - used, 0)), ' ');
}

std::string at_right(const std::string& text, int columns) {
  const auto has = view::columns_of(text);
  return std::string(static_cast<std::size_t>(std::max(columns - has, 0)), ' ') + text;
}

/// Draws one trace.
class picture {
public:
  picture(const trace_tree& tree, const waterfall_look& look)
      : tree_(tree), look_(look), path_(find_critical_path(tree)), rows_(rows_of(tree, path_, look.fold)) {
    first_ = tree.began_ns;
    last_ = std::max(tree.ended_ns, first_ + 1);
    // By clocks that differ, a span may have begun before the request did.
    for (const auto& each : tree.spans) first_ = std::min(first_, each.what->at_ns);
    node_columns_ = 4;
    int label = 0;
    for (const auto& each : rows_) {
      const auto& what = tree_.at(each.spans.front());
      node_columns_ = std::max(node_columns_, view::columns_of(view::safe_text(what.node)));
      label = std::max(label, view::columns_of(label_of(each)));
    }
    node_columns_ = std::min(node_columns_, node_columns_max);
    const auto columns = std::clamp(look.columns, columns_least, columns_most);
    const auto rest = columns - 2 - node_columns_ - 1 - 3 * time_columns - 1;
    bar_columns_ = std::max(bar_least, rest - label);
    label_columns_ = rest - bar_columns_;
  }

  std::string draw(const sent_message* sent) const {
    std::string out = title(sent);
    out += fmt::format("  {} {}{}{}{} {}\n", fitted("NODE", node_columns_), fitted("SPAN", label_columns_),
                       at_right("AT", time_columns), at_right("WAITED", time_columns),
                       at_right("TOOK", time_columns), scale());
    for (const auto& each : rows_) out += line(each);
    for (const auto& each : remarks()) out += "  " + each + '\n';
    return out;
  }

private:
  [[nodiscard]] std::string title(const sent_message* sent) const {
    std::string what = "a request";
    if (tree_.root && !tree_.at(*tree_.root).text("op").empty()) what = tree_.at(*tree_.root).text("op");
    auto out = fmt::format("trace {}  {}  {}\n", tree_.id, view::safe_text(what),
                           topology::moment_text(tree_.began_ns / 1'000'000));
    const auto nodes = tree_.nodes().size();
    out += path_.latency_ns
               ? fmt::format("node {} (spans explain {:.1f} %)", short_time(*path_.latency_ns),
                             *path_.latency_ns == 0 ? 100.0
                                                    : 100.0 * static_cast<double>(path_.explained_ns) /
                                                          static_cast<double>(*path_.latency_ns))
               : std::string{"without the way from request to reply"};
    if (sent != nullptr) out += fmt::format(", client {}", short_time(sent->latency_ns));
    return out + fmt::format(", {} span{} on {} node{}\n", tree_.spans.size(),
                             tree_.spans.size() == 1 ? "" : "s", nodes, nodes == 1 ? "" : "s");
  }

  [[nodiscard]] std::string scale() const {
    const auto end = short_time(last_ - tree_.began_ns);
    const auto begin = first_ < tree_.began_ns ? short_time(first_ - tree_.began_ns) : std::string{"0"};
    return begin + at_right(end, bar_columns_ - view::columns_of(begin));
  }

  [[nodiscard]] std::string label_of(const row& each) const {
    const auto& what = tree_.at(each.spans.front());
    auto out = each.branch;
    if (each.is_orphan) out += "? ";
    if (each.spans.size() > 1) out += fmt::format("{} × ", each.spans.size());
    return out + view::safe_text(what.kind) + ' ' + view::safe_text(what.name);
  }

  [[nodiscard]] std::string line(const row& each) const {
    std::vector<std::int64_t> at;
    std::vector<std::int64_t> waited;
    std::vector<std::int64_t> took;
    for (const auto i : each.spans) {
      at.push_back(tree_.at(i).at_ns - tree_.began_ns);
      waited.push_back(std::max<std::int64_t>(tree_.at(i).waited_ns, 0));
      took.push_back(std::max<std::int64_t>(tree_.at(i).took_ns, 0));
    }
    const bool is_coloured = look_.colours == view::colouring::on;
    const auto& node = tree_.at(each.spans.front()).node;
    auto head =
        fmt::format("{} {} {}", each.is_critical ? "*" : " ", fitted(view::safe_text(node), node_columns_),
                    fitted(label_of(each), label_columns_));
    if (is_coloured && each.is_critical) head = bold + head + plain;
    const auto waits = spread_of(waited);
    const auto takes = spread_of(took);
    auto out = head + at_right(short_time(*std::ranges::min_element(at)), time_columns) +
               at_right(short_time(waits.middle), time_columns) +
               at_right(short_time(takes.middle), time_columns) + ' ' + bar(each) + '\n';
    if (each.spans.size() == 1) return out;
    return out +
           fmt::format("  {} {}\n", std::string(static_cast<std::size_t>(node_columns_), ' '),
                       below(each.branch) + fmt::format("  waited {}/{}/{}, took {}/{}/{}",
                                                        short_time(waits.least), short_time(waits.middle),
                                                        short_time(waits.most), short_time(takes.least),
                                                        short_time(takes.middle), short_time(takes.most)));
  }

  /// The branch of a second line of the same row.
  static std::string below(const std::string& branch) {
    if (branch.ends_with("├ ")) return branch.substr(0, branch.size() - std::string_view{"├ "}.size()) + "│ ";
    if (branch.ends_with("└ ")) return branch.substr(0, branch.size() - std::string_view{"└ "}.size()) + "  ";
    return branch;
  }

  [[nodiscard]] int place(std::int64_t moment_ns) const {
    const auto part = static_cast<double>(moment_ns - first_) / static_cast<double>(last_ - first_);
    return std::clamp(static_cast<int>(part * bar_columns_), 0, bar_columns_ - 1);
  }

  [[nodiscard]] std::string bar(const row& each) const {
    auto from = std::numeric_limits<std::int64_t>::max();
    std::int64_t to = 0;
    for (const auto i : each.spans) {
      from = std::min(from, tree_.at(i).at_ns);
      to = std::max(to, tree_.at(i).ended_at_ns());
    }
    const auto& what = tree_.at(each.spans.front());
    const auto is_one = each.spans.size() == 1;
    const auto begin = place(from);
    const auto handled = is_one ? std::max(place(what.handled_at_ns()), begin) : begin;
    const auto end = std::max(place(to), handled);
    std::string blank(static_cast<std::size_t>(begin), ' ');
    std::string waits;
    std::string works;
    for (int i = begin; i < handled; ++i) waits += "░";
    for (int i = handled; i <= end; ++i) works += is_one ? "█" : "▒";
    if (look_.colours == view::colouring::off) return blank + waits + works;
    return blank + waited_colour + waits + handled_colour + works + plain;
  }

  [[nodiscard]] std::vector<std::string> remarks() const {
    std::vector<std::string> out{
        "* the answer waited for it  ░ waited  █ worked on  ▒ first to last of several"};
    const auto is_folded = [](const row& each) { return each.spans.size() > 1; };
    if (std::ranges::any_of(rows_, is_folded))
      out.emplace_back("of several: AT of the first, WAITED and TOOK in the middle");
    for (const auto& each : tree_.spans) {
      const auto children = each.what->number("children");
      const auto traced = each.what->number("traced");
      if (children && traced && *children != *traced)
        out.push_back(fmt::format("{} of the {} that {} on {} sent to have spans", *traced, *children,
                                  view::safe_text(each.what->kind), view::safe_text(each.what->node)));
    }
    if (!tree_.continued.empty())
      out.push_back(fmt::format("what is below 'shared' was done for this and for trace {}",
                                fmt::join(tree_.continued, ", ")));
    for (const auto& each : tree_.unknown)
      out.push_back(fmt::format("trace {} is not here: what was shared with it is missing", each));
    if (tree_.orphans != 0)
      out.push_back(fmt::format("{} span{} marked ? came without what caused {}", tree_.orphans,
                                tree_.orphans == 1 ? "" : "s", tree_.orphans == 1 ? "it" : "them"));
    if (tree_.backwards != 0)
      out.push_back(fmt::format("{} span{} began before what caused {}: the nodes' clocks differ",
                                tree_.backwards, tree_.backwards == 1 ? "" : "s",
                                tree_.backwards == 1 ? "it" : "them"));
    if (!tree_.root) out.emplace_back("the request itself is missing; times are from the first span");
    return out;
  }

  const trace_tree& tree_;
  const waterfall_look& look_;
  critical_path path_;
  std::vector<row> rows_;
  std::int64_t first_ = 0;
  std::int64_t last_ = 0;
  int node_columns_ = 0;
  int label_columns_ = 0;
  int bar_columns_ = 0;
};

}  // namespace

std::string waterfall(const trace_tree& tree, const sent_message* sent, const waterfall_look& look) {
  return picture{tree, look}.draw(sent);
}

std::vector<std::string> remarks_about(const collection& what) {
  std::vector<std::string> out;
  for (const auto& each : what.missing)
    out.push_back(view::safe_text(fmt::format("without the spans of {}: {}", each.node, each.why)));
  if (what.lost != 0)
    out.push_back(
        fmt::format("{} span{} lost: a node keeps its newest 65,536, and these were overwritten "
                    "before they were asked for",
                    what.lost, what.lost == 1 ? " was" : "s were"));
  return out;
}

}  // namespace parley::trace

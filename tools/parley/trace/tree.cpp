#include "tools/parley/trace/tree.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <unordered_map>

namespace parley::trace {

namespace {

/// Makes one tree; a class for what is looked up on the way.
class tree_maker {
public:
  tree_maker(const std::string& trace, const span_store& all) : all_(all) { out_.id = trace; }

  trace_tree make() {
    for (const auto& each : all_.of(out_.id)) take(each);
    for (std::size_t i = 0; i < out_.spans.size(); ++i) find_parent(i);
    cut_circles();
    // What is taken over has its parents already, and may share once more.
    for (std::size_t i = 0; i < out_.spans.size(); ++i)
      if (out_.at(i).name == "shared") take_over(i);
    for (auto& each : out_.spans)
      std::ranges::sort(each.children, [this](auto a, auto b) { return earlier(a, b); });
    std::ranges::sort(out_.tops, [this](auto a, auto b) {
      const bool one = out_.root == a;
      return one != (out_.root == b) ? one : earlier(a, b);
    });
    find_bounds();
    return std::move(out_);
  }

private:
  static std::string key_of(const span& what) { return what.trace + what.id; }

  std::size_t take(const span& what) {
    out_.spans.push_back({&what, std::nullopt, {}});
    index_.emplace(key_of(what), out_.spans.size() - 1);
    return out_.spans.size() - 1;
  }

  void adopt(std::size_t parent, std::size_t child) {
    out_.spans[child].parent = parent;
    out_.spans[parent].children.push_back(child);
  }

  void find_parent(std::size_t i) {
    const auto& what = out_.at(i);
    if (what.parent.empty()) {
      if (!out_.root || what.at_ns < out_.at(*out_.root).at_ns) out_.root = i;
      out_.tops.push_back(i);
      return;
    }
    const auto found = index_.find(what.trace + what.parent);
    if (found != index_.end()) return adopt(found->second, i);
    ++out_.orphans;
    out_.tops.push_back(i);
  }

  /// Spans that are their own ancestors are nobody's work but of a damaged file; each circle is cut once.
  void cut_circles() {
    std::vector<bool> seen(out_.spans.size());
    std::vector<std::size_t> next = out_.tops;
    for (std::size_t i = 0;; ++i) {
      while (!next.empty()) {
        const auto at = next.back();
        next.pop_back();
        seen[at] = true;
        next.insert(next.end(), out_.spans[at].children.begin(), out_.spans[at].children.end());
      }
      while (i < seen.size() && seen[i]) ++i;
      if (i >= seen.size()) return;
      std::erase(out_.spans[*out_.spans[i].parent].children, i);
      out_.spans[i].parent.reset();
      out_.tops.push_back(i);
      ++out_.orphans;
      next.push_back(i);
    }
  }

  void take_over(std::size_t shared) {
    const auto trace = out_.at(shared).text("continues_trace");
    if (std::ranges::find(out_.continued, trace) == out_.continued.end()) out_.continued.push_back(trace);
    if (!all_.knows(trace)) {
      if (std::ranges::find(out_.unknown, trace) == out_.unknown.end()) out_.unknown.push_back(trace);
      return;
    }
    std::vector<std::pair<std::string, std::size_t>> wanted{{out_.at(shared).text("continues_span"), shared}};
    const auto& children = children_in(trace);
    while (!wanted.empty()) {
      const auto [id, parent] = wanted.back();
      wanted.pop_back();
      const auto found = children.find(id);
      if (found == children.end()) continue;
      for (const auto* each : found->second) {
        if (index_.contains(key_of(*each))) continue;
        const auto taken = take(*each);
        adopt(parent, taken);
        wanted.emplace_back(each->id, taken);
      }
    }
  }

  using children_by_id = std::unordered_map<std::string, std::vector<const span*>>;
  const children_by_id& children_in(const std::string& trace) {
    auto& known = others_[trace];
    if (known.empty())
      for (const auto& each : all_.of(trace)) known[each.parent].push_back(&each);
    return known;
  }

  [[nodiscard]] bool earlier(std::size_t a, std::size_t b) const {
    const auto& one = out_.at(a);
    const auto& other = out_.at(b);
    return one.at_ns != other.at_ns ? one.at_ns < other.at_ns : one.id < other.id;
  }

  void find_bounds() {
    out_.began_ns = std::numeric_limits<std::int64_t>::max();
    for (const auto& each : out_.spans) {
      out_.began_ns = std::min(out_.began_ns, each.what->at_ns);
      out_.ended_ns = std::max(out_.ended_ns, each.what->ended_at_ns());
      const bool is_early = each.parent && each.what->at_ns < out_.at(*each.parent).at_ns &&
                            each.what->trace == out_.at(*each.parent).trace;
      if (is_early || each.what->took_ns < 0 || each.what->waited_ns < 0) ++out_.backwards;
    }
    if (out_.root) out_.began_ns = out_.at(*out_.root).at_ns;
    if (out_.spans.empty()) out_.began_ns = 0;
  }

  const span_store& all_;
  trace_tree out_;
  std::unordered_map<std::string, std::size_t> index_;
  std::map<std::string, children_by_id> others_;
};

}  // namespace

std::vector<std::string> trace_tree::nodes() const {
  std::set<std::string> names;
  for (const auto& each : spans) names.insert(each.what->node);
  return {names.begin(), names.end()};
}

trace_tree make_tree(const std::string& trace, const span_store& all) {
  return tree_maker{trace, all}.make();
}

}  // namespace parley::trace

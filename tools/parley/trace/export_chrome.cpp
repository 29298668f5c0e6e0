#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <unordered_map>

#include "tools/parley/trace/exports.hpp"

namespace parley::trace {

namespace {

std::string quoted(const std::string& text) { return client::json_line(json::value(text)); }

/// Microseconds of the format, to the nanosecond and without a double in between.
std::string micros(std::int64_t ns) { return fmt::format("{}.{:03}", ns / 1'000, ns % 1'000); }

/// Makes one file; a class for the numbers that processes, threads and arrows get.
class chrome_writer {
public:
  std::string write(const collection& what) {
    began_ns_ = std::numeric_limits<std::int64_t>::max();
    for (const auto& each : what.spans) began_ns_ = std::min(began_ns_, each.at_ns);
    if (what.spans.empty()) began_ns_ = 0;
    std::vector<const span*> in_order;
    for (const auto& each : what.spans) in_order.push_back(&each);
    std::ranges::stable_sort(in_order, {}, [](const span* each) { return each->handled_at_ns(); });
    for (const auto* each : in_order) slices_.emplace(each->trace + each->id, slice{each, thread_of(*each)});
    for (const auto* each : in_order) add_slice(*each);
    for (const auto* each : in_order) add_arrow(*each);
    std::string out = fmt::format(
        "{{\"displayTimeUnit\":\"ns\",\"otherData\":{{\"began_at_ns\":\"{}\",\"by\":\"parley trace\"}},"
        "\"traceEvents\":[\n",
        began_ns_);
    out += fmt::format("{}", fmt::join(names_, ",\n"));
    for (const auto& each : events_) out += ",\n" + each;
    return out + "\n]}\n";
  }

private:
  struct thread {
    int pid = 0;
    int tid = 0;
  };
  struct slice {
    const span* what = nullptr;
    thread where;
  };
  struct lane {
    thread where;
    std::int64_t free_from_ns = 0;
  };

  int pid_of(const std::string& node) {
    const auto [found, is_new] = pids_.try_emplace(node, static_cast<int>(pids_.size()) + 1);
    if (is_new) add_name("process_name", {found->second, 0}, node);
    return found->second;
  }

  /// A thread on which nothing overlaps: an actor handles one message after the other, the connections'
  /// thread writes to many sockets at once and gets as many threads as that needs.
  thread thread_of(const span& what) {
    auto& lanes = lanes_[place_of(what)];
    for (auto& each : lanes)
      if (each.free_from_ns <= what.handled_at_ns()) {
        each.free_from_ns = end_of(what);
        return each.where;
      }
    const thread made{pid_of(what.node), ++last_tid_};
    const auto name =
        what.actor.empty() ? std::string{"connections"} : fmt::format("{} {}", what.kind, what.actor);
    add_name("thread_name", made, lanes.empty() ? name : fmt::format("{} ({})", name, lanes.size() + 1));
    lanes.push_back({made, end_of(what)});
    return made;
  }

  void add_name(const char* what, thread of, const std::string& name) {
    names_.push_back(fmt::format(R"({{"ph":"M","name":"{}","ts":0,"pid":{},"tid":{},"args":{{"name":{}}}}})",
                                 what, of.pid, of.tid, quoted(name)));
  }

  void add_slice(const span& what) {
    const auto& its = slices_.at(what.trace + what.id).where;
    json::object args{{"trace", what.trace},
                      {"span", what.id},
                      {"entity", what.entity},
                      {"actor", what.actor},
                      {"waited_ns", what.waited_ns},
                      {"took_ns", what.took_ns},
                      {"parent", what.parent.empty() ? json::value{} : json::value(what.parent)}};
    for (const auto& [name, value] : what.details)
      std::visit([&, &key = name](const auto& each) { args["details." + key] = each; }, value);
    events_.push_back(
        fmt::format(R"({{"ph":"X","name":{},"cat":{},"ts":{},"dur":{},"pid":{},"tid":{},"args":{}}})",
                    quoted(what.name), quoted(what.kind), at(what.handled_at_ns()),
                    micros(end_of(what) - what.handled_at_ns()), its.pid, its.tid, client::json_line(args)));
  }

  void add_arrow(const span& what) {
    const auto parent = slices_.find(what.trace + what.parent);
    if (what.parent.empty() || parent == slices_.end()) return;
    const auto& from = *parent->second.what;
    const auto& to = slices_.at(what.trace + what.id).where;
    // The arrow leaves inside of the slice, where viewers look for its beginning.
    const auto left = std::clamp(what.at_ns, from.handled_at_ns(), end_of(from) - 1);
    ++last_arrow_;
    events_.push_back(
        fmt::format(R"({{"ph":"s","name":"sent","cat":"message","id":{},"ts":{},"pid":{},"tid":{}}})",
                    last_arrow_, at(left), parent->second.where.pid, parent->second.where.tid));
    events_.push_back(fmt::format(
        R"({{"ph":"f","bp":"e","name":"sent","cat":"message","id":{},"ts":{},"pid":{},"tid":{}}})",
        last_arrow_, at(what.handled_at_ns()), to.pid, to.tid));
  }

  [[nodiscard]] std::string at(std::int64_t moment_ns) const { return micros(moment_ns - began_ns_); }
  /// Nothing takes less than the nanosecond that a viewer needs to draw it and to fasten arrows to it.
  static std::int64_t end_of(const span& what) {
    return std::max(what.ended_at_ns(), what.handled_at_ns() + 1);
  }

  std::int64_t began_ns_ = 0;
  std::map<std::string, int> pids_;
  std::map<std::string, std::vector<lane>> lanes_;
  std::unordered_map<std::string, slice> slices_;
  int last_tid_ = 0;
  int last_arrow_ = 0;
  std::vector<std::string> names_;
  std::vector<std::string> events_;
};

}  // namespace

std::string place_of(const span& what) { return what.actor.empty() ? what.node + "/io" : what.actor; }

std::string to_chrome(const collection& what) { return chrome_writer{}.write(what); }

}  // namespace parley::trace

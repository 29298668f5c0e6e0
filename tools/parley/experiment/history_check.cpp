#include "tools/parley/experiment/history_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

#include "tools/parley/experiment/schedule.hpp"

namespace parley::experiment {

namespace {

constexpr std::size_t examples_max = 10;

class check {
public:
  check(const history& what, verdict& into) : what_(what), into_(into) {}

  void sends() {
    into_.sent = what_.sent.size();
    for (const auto& each : what_.sent) {
      if (each.acknowledged != never)
        ++into_.acknowledged;
      else if (!each.error.empty())
        ++into_.refused;
      else
        ++into_.unanswered;
    }
  }

  /// Places: every message has one, the same for everybody; pushes of a connection follow each other.
  void deliveries() {
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::pair<std::uint32_t, std::uint32_t>> last_push;
    for (const auto& each : what_.deliveries) {
      auto& [connection, seq] = last_push[{each.person, each.group}];
      if (each.how == came_by::push) {
        if (connection == each.connection && each.seq <= seq)
          found(into_.doubled, fmt::format("{} was pushed {} of {} after {}", person_name(each.person),
                                           each.seq, group_name(each.group), seq));
        else if (connection == each.connection && each.seq != seq + 1)
          found(into_.reordered,
                fmt::format("{} was pushed {} of {} right after {}", person_name(each.person), each.seq,
                            group_name(each.group), seq));
        connection = each.connection;
        seq = each.seq;
      }
      place(each);
    }
  }

  void losses(recorded_until when) {
    // By group: messages that were acknowledged, by their place.
    std::vector<std::vector<std::uint32_t>> due(what_.groups.size());
    for (const auto& each : what_.sent)
      if (each.seq != 0) due[each.group].push_back(static_cast<std::uint32_t>(each.seq));
    for (auto& each : due) std::ranges::sort(each);
    for (std::uint32_t group = 0; group < what_.groups.size(); ++group) {
      into_.deliveries_due += due[group].size() * what_.groups[group].size();
      for (const auto person : what_.groups[group]) {
        auto& seen = seen_[key(person, group)];
        std::ranges::sort(seen);
        seen.erase(std::ranges::unique(seen).begin(), seen.end());
        into_.deliveries += seen.size();
        for (const auto seq : due[group]) {
          if (std::ranges::binary_search(seen, seq)) continue;
          if (when == recorded_until::cut_off && (seen.empty() || seq > seen.back())) continue;
          found(into_.lost, fmt::format("{} was never shown {} of {}, which was acknowledged",
                                        person_name(person), seq, group_name(group)));
        }
      }
    }
    for (std::size_t i = 0; i < what_.sent.size(); ++i)
      if (what_.sent[i].acknowledged == never && place_of_.contains(static_cast<std::uint32_t>(i)))
        ++into_.unacknowledged_seen;
  }

  /// Who sends after an acknowledgement comes behind it.
  void order_of_senders() {
    // By sender and group, in the order of sending: the highest place that was acknowledged before.
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<const sent_message*>> lines;
    for (const auto& each : what_.sent)
      if (each.acknowledged != never && each.sent != never) lines[{each.person, each.group}].push_back(&each);
    for (auto& [who, line] : lines) {
      std::vector<const sent_message*> answered = line;
      std::ranges::stable_sort(line, {}, &sent_message::sent);
      std::ranges::stable_sort(answered, {}, &sent_message::acknowledged);
      std::uint64_t highest = 0;
      std::size_t next = 0;
      for (const auto* each : line) {
        for (; next < answered.size() && answered[next]->acknowledged < each->sent; ++next)
          highest = std::max(highest, answered[next]->seq);
        if (each->seq <= highest)
          found(into_.reordered,
                fmt::format("{} of {} was sent by {} after {} had been acknowledged", each->seq,
                            group_name(who.second), person_name(who.first), highest));
      }
    }
  }

private:
  static std::uint64_t key(std::uint32_t person, std::uint32_t group) {
    return (std::uint64_t{person} << 32U) | group;
  }

  void place(const delivery& each) {
    if (each.message == nobody) return;
    const auto [where, is_new] = place_of_.try_emplace(each.message, each.seq);
    const auto& sent = what_.sent[each.message];
    if (where->second != each.seq)
      found(into_.doubled, fmt::format("message {} stands at {} and at {} of {}", each.message, where->second,
                                       each.seq, group_name(each.group)));
    else if (is_new && sent.seq != 0 && sent.seq != each.seq)
      found(into_.reordered, fmt::format("message {} of {} was acknowledged as {} and shown as {}",
                                         each.message, group_name(each.group), sent.seq, each.seq));
    seen_[key(each.person, each.group)].push_back(each.seq);
  }

  void found(std::uint64_t& counter, std::string text) {
    ++counter;
    if (into_.examples.size() < examples_max) into_.examples.push_back(std::move(text));
  }

  const history& what_;
  verdict& into_;
  std::unordered_map<std::uint64_t, std::vector<std::uint32_t>> seen_;  // places of messages
  std::unordered_map<std::uint32_t, std::uint32_t> place_of_;
};

}  // namespace

verdict check_history(const history& what, recorded_until when) {
  verdict out;
  check all{what, out};
  all.sends();
  all.deliveries();
  all.losses(when);
  all.order_of_senders();
  return out;
}

}  // namespace parley::experiment

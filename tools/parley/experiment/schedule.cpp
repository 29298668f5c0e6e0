#include "tools/parley/experiment/schedule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace parley::experiment {

namespace {

constexpr std::array words{"the",   "message",   "is",     "here",  "and",   "goes", "on",
                           "to",    "everybody", "who",    "reads", "it",    "in",   "order",
                           "after", "commit",    "before", "next",  "round", "a",    "shard",
                           "moves", "while",     "node",   "rests", "then",  "all",  "come",
                           "back",  "quickly",   "with",   "their", "keys"};

/// `count` of `from` people, without repeats, by as many steps of Fisher and Yates' shuffle.
std::vector<std::uint32_t> some_of(std::uint64_t from, std::uint64_t count, chance& by) {
  std::vector<std::uint32_t> all(from);
  for (std::uint32_t i = 0; i < from; ++i) all[i] = i;
  for (std::uint64_t i = 0; i < count; ++i) std::swap(all[i], all[i + by.below(from - i)]);
  all.resize(count);
  return all;
}

/// When messages come, in seconds: the next one after `now`.
class arrivals {
public:
  explicit arrivals(const settings& from) : from_(from), by_(from.seed, chance::stream::arrivals) {}

  double next() {
    switch (from_.arrivals) {
      case arrival::poisson:
        return now_ += by_.exponential(1 / from_.rate);
      case arrival::bursts: {
        const auto every = static_cast<double>(from_.burst_every.count()) / 1'000;
        // So many at a time; fewer than one: every so many bursts.
        const auto burst = std::floor(static_cast<double>(count_++) / (from_.rate * every));
        return (1 + burst) * every;
      }
      case arrival::constant:
        break;
    }
    return static_cast<double>(++count_) / from_.rate;
  }

private:
  const settings& from_;
  chance by_;
  double now_ = 0;
  std::uint64_t count_ = 0;
};

}  // namespace

schedule schedule::of(const settings& from) {
  schedule out;
  chance by_groups{from.seed, chance::stream::groups};
  const spread_numbers sizes{from.sizes};
  std::vector<std::vector<std::uint32_t>> groups_of(from.people);
  for (std::uint32_t i = 0; i < from.groups; ++i) {
    out.groups.push_back({some_of(from.people, sizes.draw(by_groups), by_groups)});
    for (const auto each : out.groups.back().members) groups_of[each].push_back(i);
  }
  // Who is in no group says nothing; the others keep their rank.
  std::vector<std::uint32_t> writers;
  for (std::uint32_t i = 0; i < from.people; ++i)
    if (!groups_of[i].empty()) writers.push_back(i);
  const auto activity = weighted::zipf(writers.size(), from.activity);
  chance by_senders{from.seed, chance::stream::senders};
  arrivals times{from};
  const auto end = microseconds{from.duration};
  for (;;) {
    const microseconds at{static_cast<std::int64_t>(times.next() * 1e6)};
    if (at >= end || out.sends.size() >= sends_max) return out;
    const auto person = writers[activity.draw(by_senders)];
    const auto& groups = groups_of[person];
    out.sends.push_back({at, person, groups[by_senders.below(groups.size())]});
  }
}

texts::texts(const settings& from) : seed_(from.seed), lengths_(from.texts) {}

std::string texts::of(std::uint64_t number) const {
  chance by{seed_, chance::stream::texts, number};
  const auto length = lengths_.draw(by);
  std::string text;
  while (text.size() < length) {
    if (!text.empty()) text += ' ';
    text += words[by.below(words.size())];
  }
  text.resize(length);
  // A blank at its end would be hard to see for whoever compares.
  if (text.back() == ' ') text.back() = '.';
  return text;
}

std::string person_name(std::size_t index) { return fmt::format("person-{}", index + 1); }
std::string group_name(std::size_t index) { return fmt::format("group-{}", index + 1); }
std::string node_name(std::size_t index) { return fmt::format("node-{}", index + 1); }

}  // namespace parley::experiment

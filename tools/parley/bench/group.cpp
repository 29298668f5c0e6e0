#include <fmt/format.h>

#include <algorithm>

#include "tools/parley/bench/bench_failure.hpp"
#include "tools/parley/bench/run.hpp"

namespace parley::bench {

namespace {

constexpr std::uint64_t group_members_by_default = 100;

std::vector<std::string> tokens_of(const std::vector<client::signed_in_user>& people, std::size_t from) {
  std::vector<std::string> tokens;
  for (auto i = from; i < people.size(); ++i) tokens.push_back(people[i].token);
  return tokens;
}

/// How many send: as asked, or so many that the node reads on from each of them.
std::size_t senders_of(const run& here, const group_options& group, std::size_t outstanding) {
  if (group.senders != 0) return std::min(group.senders, group.members);
  if (group.rate > 0) return group.members;
  const auto unanswered = std::max<std::uint64_t>(1, here.limit("unanswered_requests"));
  return std::min(group.members, static_cast<std::size_t>((outstanding + unanswered - 1) / unanswered));
}

}  // namespace

int run_group(const node_options& node, const message_options& messages, const group_options& group) {
  const auto limit = std::max<std::uint64_t>(group_members_by_default, group.members);
  run here{node, "group", {fmt::format("--limits.group_members={}", limit)}};
  const auto people = here.people(group.members);
  auto& connections = here.connections();
  connections.open({people.front().token}, 1, open_within);
  talk_plan talk;
  talk.conversation = here.make_group(people);
  connections.wait_for_head(0, 1);
  connections.open(tokens_of(people, 1), opened_together, open_within);

  const auto senders = senders_of(here, group, messages.outstanding);
  for (std::size_t i = 0; i < group.members; ++i) talk.members.push_back(i);
  for (std::size_t i = 0; i < senders; ++i) {
    talk.senders.push_back(i);
    talk.senders_users.push_back(people[i].id);
  }
  load_plan plan;
  plan.talks.push_back(std::move(talk));
  plan.text_bytes = messages.text_bytes;
  plan.rate = group.rate;
  plan.outstanding = messages.outstanding;
  plan.warm_up = to_ns(messages.warm_up);
  plan.measured = to_ns(messages.seconds);
  plan.tail = to_ns(messages.patience);

  auto& figures = here.figures();
  figures.value("settings.members", group.members);
  figures.value("settings.rate", group.rate);
  figures.value("settings.outstanding", group.rate > 0 ? 0 : messages.outstanding);
  figures.value("settings.senders", senders);
  figures.value("settings.text_bytes", messages.text_bytes);
  const auto load = group.rate > 0 ? fmt::format("{:g} messages/s offered, whatever is answered", group.rate)
                                   : fmt::format("{} messages under way", messages.outstanding);
  figures.remark(fmt::format("  one group of {}, {} sending, {}, {}-byte texts", group.members, senders, load,
                             messages.text_bytes));
  const auto result = here.send(std::move(plan));
  here.describe(result, group.members);
  return here.finish(result.wrong.count() == 0 && !result.interrupted);
}

}  // namespace parley::bench

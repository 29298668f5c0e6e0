#include <fmt/format.h>

#include "tools/parley/bench/run.hpp"

namespace parley::bench {

namespace {

/// The first half of the people write, each to one of the second half.
std::vector<talk_plan> make_talks(sessions& connections, const std::vector<client::signed_in_user>& people) {
  const auto pairs = people.size() / 2;
  std::vector<std::string> tokens;
  for (const auto& each : people) tokens.push_back(each.token);
  const auto middle = tokens.begin() + static_cast<std::ptrdiff_t>(pairs);
  connections.open({tokens.begin(), middle}, opened_together, open_within);
  std::vector<talk_plan> talks;
  for (std::size_t i = 0; i < pairs; ++i) {
    const auto reply = client::parse_json(
        connections.call(i, "open_direct", fmt::format(R"({{"user":"{}"}})", people[pairs + i].id)));
    talk_plan talk;
    if (reply) talk.conversation = client::text_of(client::object_in(*reply), "conversation");
    talk.members = {i, pairs + i};
    talk.senders = {i};
    talk.senders_users = {people[i].id};
    talks.push_back(std::move(talk));
    connections.wait_for_head(i, 1);
  }
  connections.open({middle, tokens.end()}, opened_together, open_within);
  return talks;
}

}  // namespace

int run_direct(const node_options& node, const message_options& messages, const direct_options& direct) {
  run here{node, "direct", {}};
  const auto people = here.people(2 * direct.pairs);
  load_plan plan;
  plan.talks = make_talks(here.connections(), people);
  plan.text_bytes = messages.text_bytes;
  plan.rate = direct.rate;
  plan.outstanding = messages.outstanding;
  plan.latency = latency_of::others_than_senders;
  plan.warm_up = to_ns(messages.warm_up);
  plan.measured = to_ns(messages.seconds);
  plan.tail = to_ns(messages.patience);

  auto& figures = here.figures();
  figures.value("settings.pairs", direct.pairs);
  figures.value("settings.rate", direct.rate);
  figures.value("settings.outstanding", direct.rate > 0 ? 0 : messages.outstanding);
  figures.value("settings.text_bytes", messages.text_bytes);
  const auto load = direct.rate > 0
                        ? fmt::format("{:g} messages/s offered, whatever is answered", direct.rate)
                        : fmt::format("{} messages under way in each", messages.outstanding);
  figures.remark(fmt::format("  {} pairs, {}, {}-byte texts", direct.pairs, load, messages.text_bytes));
  const auto result = here.send(std::move(plan));
  here.describe(result, 2);
  return here.finish(result.wrong.count() == 0 && !result.interrupted);
}

}  // namespace parley::bench

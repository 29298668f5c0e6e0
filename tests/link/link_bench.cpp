// What a message costs between two nodes: both in this process, so that the processor time is that of both.
//
//     link_bench [MESSAGES [TEXT_BYTES]]

#include <sys/resource.h>

#include <atomic>
#include <caf/all.hpp>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>

#include "actors/contract/values/node_counters.hpp"
#include "actors/link/codec.hpp"
#include "actors/link/links.hpp"
#include "tests/link/support_network.hpp"

namespace {

using namespace parley;
using steady = std::chrono::steady_clock;

double processor_us() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto us = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
  };
  return us(used.ru_utime) + us(used.ru_stime);
}

/// Counts, and lets somebody wait for it.
class tally {
public:
  void add() {
    if (++count_ % 64 != 0 && count_ < wanted_) return;
    const std::scoped_lock lock{mutex_};
    changed_.notify_all();
  }
  void wait_for(std::uint64_t count) {
    wanted_ = count;
    std::unique_lock lock{mutex_};
    while (count_ < count) changed_.wait_for(lock, std::chrono::milliseconds(1));
  }

private:
  std::atomic<std::uint64_t> count_{0};
  std::atomic<std::uint64_t> wanted_{0};
  std::mutex mutex_;
  std::condition_variable changed_;
};

/// A node with its links; its relay only counts.
class bench_node {
public:
  bench_node(std::int64_t node, link_tls_files tls) : where_(std::make_shared<directory>()) {
    where_->node = {node};
    auto opened = caf_network::open(system_, {{node}, "node", "127.0.0.1", 0, std::move(tls)}, news_);
    network = std::move(opened.value());
    const auto counting = system_.spawn([this]() -> caf::behavior {
      return {[this](const entries_published&) { arrived.add(); },
              [this](const state_again&) { began.add(); }, [](const node_forgotten&) {}};
    });
    where_->relay = caf::actor_cast<relay_actor>(counting);
    for (auto& each : where_->shards) each = caf::actor_cast<shard_actor>(counting);
    const auto placement = system_.spawn([]() -> caf::behavior {
      return {[](const peer_reached&) {}, [](const peer_lost&) {}, [](const peer_begins&) {}};
    });
    keeper_ =
        system_.spawn(links, where_, caf::actor_cast<link_listener>(placement), network, link_options{});
    news_->go_to(keeper_);
  }
  ~bench_node() {
    news_->go_to(links_actor{});
    caf::anon_send(keeper_, stop_actor{});
    network->stop();
    caf::anon_send_exit(caf::actor_cast<caf::actor>(where_->relay), caf::exit_reason::kill);
    where_->relay = relay_actor{};
    where_->shards = {};
  }
  void know(const bench_node& other) {
    caf::anon_send(keeper_, peers_known{{{other.where_->node, "node", other.network->address()}}});
  }
  void send(const entries_published& what, incarnation_id to) const {
    caf::anon_send(where_->ways.link_to(to), send_to_peer{message_to_relay{what}});
  }

  tally arrived, began;
  std::shared_ptr<caf_network> network;

private:
  struct configuration : caf::actor_system_config {
    configuration() {
      set("scheduler.policy", caf::atom("sharing"));
      set("scheduler.max-threads", 1U);
      caf_network::prepare(*this);
    }
  };
  configuration configuration_;
  caf::actor_system system_{configuration_};
  std::shared_ptr<directory> where_;
  std::shared_ptr<wire_news> news_ = std::make_shared<wire_news>();
  links_actor keeper_;
};

entries_published batch_of(std::size_t text_bytes) {
  auto made = std::make_shared<entry>();
  made->conversation = {1};
  made->seq = 1;
  made->content.key = "0123456789abcdef0123456789abcdef";
  made->content.text = std::string(text_bytes, 'x');
  auto all = std::make_shared<std::vector<published_entry>>();
  all->push_back({{topic_of(conversation_id{1}), {}, {}}, std::move(made)});
  return {{topic_of(conversation_id{1}), {}, {}}, std::move(all)};
}

void measure(const char* over, link_tls_files tls_one, link_tls_files tls_two, std::uint64_t messages,
             std::size_t text_bytes) {
  bench_node one(1, std::move(tls_one));
  bench_node two(2, std::move(tls_two));
  two.know(one);
  one.know(two);
  one.began.wait_for(1);
  two.began.wait_for(1);
  const auto message = batch_of(text_bytes);
  struct pace {
    const char* name;
    std::uint64_t at_once;
  };
  std::uint64_t so_far = 0;
  for (const auto& [name, at_once] :
       {pace{"4,000 outstanding", 4'000}, pace{"64 outstanding", 64}, pace{"one at a time", 1}}) {
    const auto many = at_once == 1 ? messages / 20 : messages;
    const auto bytes = counters.link.bytes_sent.value();
    const auto frames = counters.link.frames_sent.value();
    const auto used = processor_us();
    const auto began = steady::now();
    for (std::uint64_t sent = 0; sent < many; sent += at_once) {
      for (std::uint64_t i = 0; i < at_once; ++i) one.send(message, {2});
      two.arrived.wait_for(so_far += at_once);
    }
    const auto seconds = std::chrono::duration<double>(steady::now() - began).count();
    const auto count = static_cast<double>(many);
    std::printf("%-6s %-18s %9.0f messages/s %8.2f us of processors %7.1f bytes %6.3f frames a message\n",
                over, name, count / seconds, (processor_us() - used) / count,
                static_cast<double>(counters.link.bytes_sent.value() - bytes) / count,
                static_cast<double>(counters.link.frames_sent.value() - frames) / count);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const auto messages = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 400'000;
  const auto text_bytes = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 200;
  const routed_message message{message_to_relay{batch_of(text_bytes)}};
  const auto used = processor_us();
  std::size_t bytes = 0;
  for (std::uint64_t i = 0; i < messages; ++i) bytes += encode_message(message).size();
  const auto encoded = processor_us();
  const auto sample = encode_message(message);
  for (std::uint64_t i = 0; i < messages; ++i) bytes += decode_message(sample).has_value() ? 1U : 0U;
  const auto count = static_cast<double>(messages);
  std::printf("codec: %.2f us to encode, %.2f us to decode, %zu bytes\n", (encoded - used) / count,
              (processor_us() - encoded) / count, sample.size());
  measure("plain", {}, {}, messages, text_bytes);
  const test_authority ours({"node-1", "node-2"});
  measure("tls", ours.files_of("node-1"), ours.files_of("node-2"), messages, text_bytes);
  return bytes == 0 ? 1 : 0;
}

// What a delivery costs in the transport alone, in CPU of the server's process: real sockets over
// loopback, clients in a process of their own, one thread that pushes as actors do.
//
//   transport_bench fan-out ROOMS MEMBERS OUTSTANDING BYTES SECONDS [tls]
//   transport_bench idle CONNECTIONS [tls]

#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <iostream>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/transport/bench/bench_clients.hpp"
#include "tests/transport/support/test_certificate.hpp"
#include "tests/transport/support/text_frame.hpp"
#include "transport/server.hpp"

namespace parley::testing {
namespace {

using namespace std::chrono_literals;

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}
/// CPU seconds of the process so far, user and system.
double process_cpu() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  return seconds_of(used.ru_utime) + seconds_of(used.ru_stime);
}
double thread_cpu() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}
std::size_t resident_bytes() {
  std::ifstream in{"/proc/self/statm"};
  std::size_t all = 0;
  std::size_t resident = 0;
  in >> all >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

void wait_ms(int milliseconds) { ::poll(nullptr, 0, milliseconds); }

class no_accounts : public accounts {
public:
  void create_account(std::string, std::string, callback<user_info> done) override { done(failure{}); }
  void create_token(std::string, std::string, callback<issued_token> done) override { done(failure{}); }
  void revoke_token(std::string, callback<user_info> done) override { done(failure{}); }
};

/// Stands for the actors: a request is pushed as an event to everybody of the room, by another thread.
class rooms : public session_gateway {
public:
  rooms(std::size_t members, std::size_t bytes) : members_(members), text_(bytes, 'x') {}

  std::shared_ptr<session_inbox> open(std::shared_ptr<outbox> out, std::string) override {
    const std::scoped_lock lock{mutex_};
    outboxes_.push_back(std::move(out));
    opened_.fetch_add(1);
    return std::make_shared<member>(*this, outboxes_.size() - 1);
  }
  [[nodiscard]] std::string not_ready_because() const override { return {}; }

  void push_for_ever() {
    std::vector<std::size_t> batch;
    for (;;) {
      {
        std::unique_lock lock{mutex_};
        asked_.wait(lock, [&] { return stopped_ || !requests_.empty(); });
        if (stopped_) return;
        batch.swap(requests_);
      }
      for (const auto from : batch) {
        const auto event = text_frame(text_);
        const auto room = from / members_ * members_;
        std::size_t accepted = 0;
        for (auto to = room; to < room + members_; ++to)
          accepted += outboxes_[to]->push_event(event) == outbox::admission::accepted ? 1U : 0U;
        outboxes_[from]->push_reply(reply_);
        delivered_.fetch_add(accepted, std::memory_order_relaxed);
        refused_.fetch_add(members_ - accepted, std::memory_order_relaxed);
      }
      batch.clear();
      pusher_cpu_.store(thread_cpu(), std::memory_order_relaxed);
    }
  }
  void stop() {
    const std::scoped_lock lock{mutex_};
    stopped_ = true;
    asked_.notify_all();
  }
  void forget() { outboxes_.clear(); }
  std::size_t opened() const { return opened_.load(); }
  std::uint64_t delivered() const { return delivered_.load(); }
  std::uint64_t refused() const { return refused_.load(); }
  double pusher_cpu() const { return pusher_cpu_.load(); }

private:
  class member : public session_inbox {
  public:
    member(rooms& of, std::size_t number) : rooms_(of), number_(number) {}
    void receive(std::vector<client_request> requests) override {
      const std::scoped_lock lock{rooms_.mutex_};
      rooms_.requests_.insert(rooms_.requests_.end(), requests.size(), number_);
      rooms_.asked_.notify_one();
    }
    void drained() override {}
    void closed() override {}

  private:
    rooms& rooms_;
    std::size_t number_;
  };

  const std::size_t members_;
  const std::string text_;
  const frame reply_ = text_frame(R"({"id":1,"ok":true})");
  std::mutex mutex_;
  std::condition_variable asked_;
  std::vector<std::size_t> requests_;
  std::vector<std::shared_ptr<outbox>> outboxes_;
  std::atomic<std::size_t> opened_{0};
  std::atomic<std::uint64_t> delivered_{0};
  std::atomic<std::uint64_t> refused_{0};
  std::atomic<double> pusher_cpu_{0};
  bool stopped_ = false;
};

void wait_for_connections(const rooms& gateway, std::size_t count) {
  const auto deadline = std::chrono::steady_clock::now() + 120s;
  while (gateway.opened() < count && std::chrono::steady_clock::now() < deadline) wait_ms(10);
}

server_options served_with(bool over_tls) {
  server_options options;
  options.port = 0;
  if (over_tls) options.tls = tls_identity::load(shared_certificate().files()).value();
  return options;
}

int fan_out(const clients_plan& plan, double seconds) {
  std::array<int, 2> pipe{};
  if (::pipe(pipe.data()) != 0) return 1;
  const auto child = ::fork();
  if (child == 0) std::_Exit(run_clients(plan, pipe[0]));
  no_accounts people;
  rooms gateway{plan.members, plan.bytes};
  std::thread pusher;
  {
    server served{served_with(plan.over_tls), gateway, people};
    if (served.start().has_error()) return 1;
    const auto port = served.port();
    if (::write(pipe[1], &port, sizeof port) != sizeof port) return 1;
    wait_for_connections(gateway, plan.rooms * plan.members);
    pusher = std::thread{[&] { gateway.push_for_ever(); }};
    wait_ms(1'000);
    const auto cpu = process_cpu();
    const auto pusher_cpu = gateway.pusher_cpu();
    const auto delivered = gateway.delivered();
    wait_ms(static_cast<int>(seconds * 1e3));
    const auto count = static_cast<double>(gateway.delivered() - delivered);
    const auto used = process_cpu() - cpu;
    const auto used_by_pusher = gateway.pusher_cpu() - pusher_cpu;
    std::printf(
        "%zu x %zu members, %zu outstanding, %zu bytes: %.0f deliveries/s, %.3f us of server CPU each (%.3f "
        "of it the "
        "pushing thread's), %llu refused\n",
        plan.rooms, plan.members, plan.outstanding, plan.bytes, count / seconds, used / count * 1e6,
        used_by_pusher / count * 1e6, static_cast<unsigned long long>(gateway.refused()));
    ::kill(child, SIGTERM);
    int status = 0;
    ::waitpid(child, &status, 0);
    gateway.stop();
    pusher.join();
    gateway.forget();
    served.stop(2s);
  }
  return 0;
}

int idle(std::size_t connections, bool over_tls) {
  std::array<int, 2> pipe{};
  if (::pipe(pipe.data()) != 0) return 1;
  const auto child = ::fork();
  if (child == 0) std::_Exit(run_clients({connections, 1, 0, 0, over_tls}, pipe[0]));
  no_accounts people;
  rooms gateway{1, 0};
  {
    server served{served_with(over_tls), gateway, people};
    if (served.start().has_error()) return 1;
    const auto before = resident_bytes();
    const auto cpu_before = process_cpu();
    const auto port = served.port();
    if (::write(pipe[1], &port, sizeof port) != sizeof port) return 1;
    wait_for_connections(gateway, connections);
    wait_ms(500);
    const auto cpu = process_cpu();
    const auto after = resident_bytes();
    std::printf("opened with %.0f us of CPU each\n",
                (cpu - cpu_before) / static_cast<double>(connections) * 1e6);
    wait_ms(5'000);
    std::printf("%zu idle connections: %.2f kB resident each, %.1f ms of CPU a second\n", gateway.opened(),
                static_cast<double>(after - before) / static_cast<double>(connections) / 1'000,
                (process_cpu() - cpu) / 5 * 1'000);
    ::kill(child, SIGTERM);
    int status = 0;
    ::waitpid(child, &status, 0);
    gateway.forget();
    served.stop(2s);
  }
  return 0;
}

int run(int count, char** words) {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  const auto number = [&](int at) { return std::strtoul(words[at], nullptr, 10); };
  const bool over_tls = std::strcmp(words[count - 1], "tls") == 0;
  if (over_tls) --count;
  if (count == 7 && std::strcmp(words[1], "fan-out") == 0)
    return fan_out({number(2), number(3), number(4), number(5), over_tls}, std::strtod(words[6], nullptr));
  if (count == 3 && std::strcmp(words[1], "idle") == 0) return idle(number(2), over_tls);
  std::cerr
      << "transport_bench fan-out ROOMS MEMBERS OUTSTANDING BYTES SECONDS [tls] | idle CONNECTIONS [tls]\n";
  return 2;
}

}  // namespace
}  // namespace parley::testing

int main(int count, char** words) { return parley::testing::run(count, words); }

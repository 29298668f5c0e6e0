// What strangers do to CAF's own TLS module, which is why links do not use it (DECISIONS.md). No test: it
// shows how the installed CAF behaves, so that another version can be looked at again.

#include <sys/resource.h>

#include <caf/all.hpp>
#include <caf/io/all.hpp>
#include <caf/openssl/all.hpp>
#include <condition_variable>
#include <cstdio>
#include <mutex>

#include "tests/link/support_network.hpp"

namespace {

using namespace parley;
using namespace std::chrono_literals;

/// A system with the module, as a member of the cluster.
struct member_configuration : caf::actor_system_config {
  explicit member_configuration(const link_tls_files& files) {
    set("scheduler.max-threads", 1U);
    load<caf::io::middleman>();
    load<caf::openssl::manager>();
    openssl_certificate = files.certificate;
    openssl_key = files.key;
    openssl_cafile = files.ca;
  }
};

double processor_s() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto s = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return s(used.ru_utime) + s(used.ru_stime);
}

/// Waits for something that a thread says, or for the time to be over.
class flag {
public:
  void raise() {
    {
      const std::scoped_lock lock{mutex_};
      raised_ = true;
    }
    changed_.notify_all();
  }
  bool wait(std::chrono::milliseconds within) {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, within, [this] { return raised_; });
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool raised_ = false;
};

}  // namespace

int main() {
  const test_authority ours({"node-1", "node-2"});
  member_configuration one_is(ours.files_of("node-1"));
  member_configuration two_is(ours.files_of("node-2"));
  caf::actor_system one{one_is};
  caf::actor_system two{two_is};
  const auto door = two.spawn([]() -> caf::behavior { return {[](int number) { return number; }}; });
  const auto port = caf::openssl::publish(door, 0, "127.0.0.1");
  if (!port) return 1;
  const auto reached = caf::openssl::remote_actor<caf::actor>(one, "127.0.0.1", *port);
  if (!reached) return 1;
  flag lost;
  const auto watching = one.spawn([&](caf::event_based_actor* self) -> caf::behavior {
    self->monitor(*reached);
    self->set_down_handler([&](const caf::down_msg&) { lost.raise(); });
    // Something goes back and forth, as on any link.
    self->delayed_send(self, 10ms, caf::ok_atom::value);
    return {[=](caf::ok_atom) {
              self->send(*reached, 1);
              self->delayed_send(self, 10ms, caf::ok_atom::value);
            },
            [](int) {}};
  });
  const auto idle = processor_s();
  lost.wait(3s);
  const auto silent = processor_s();
  {
    const raw_socket stranger(*port);
    lost.wait(3s);
  }
  const auto after = processor_s();
  std::printf("one core in 3 s: %.0f %% without a stranger, %.0f %% with one who connects and is silent\n",
              (silent - idle) / 3 * 100, (after - silent) / 3 * 100);
  int strangers = 1;
  for (; strangers <= 50 && !lost.wait(50ms); ++strangers) {
    const raw_socket stranger(*port);
    stranger.send("GET / HTTP/1.1\r\n\r\n");
    lost.wait(20ms);
  }
  std::printf(lost.wait(0ms) ? "the good peer was lost after %d strangers\n"
                             : "the good peer outlived %d strangers\n",
              strangers);
  caf::anon_send_exit(watching, caf::exit_reason::kill);
  caf::anon_send_exit(door, caf::exit_reason::kill);
  return 0;
}

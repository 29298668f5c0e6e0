#include "actors/inspection/metered.hpp"

#include <gtest/gtest.h>

#include <caf/all.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <thread>
#include <vector>

namespace parley {

namespace {

using number_actor = caf::typed_actor<caf::reacts_to<int>>;

/// Takes numbers; ends with the first that is negative.
class number_state : public metered_state<number_actor, number_state> {
public:
  static inline const char* name = "number";
  explicit number_state(self_pointer self) : metered_state(self) {}
  behavior_type make_behavior() {
    return {[this](int value) {
      if (value < 0) self()->quit();
    }};
  }
};

number_actor::behavior_type number(number_state::self_pointer self) { return self->state.make_behavior(); }

class Metered : public testing::Test {
protected:
  struct testing_config : caf::actor_system_config {
    testing_config() { set("scheduler.policy", caf::atom("testing")); }
  };
  struct counts {
    std::uint64_t living, waiting, handled, discarded;
    friend bool operator==(const counts&, const counts&) = default;
  };

  /// Since the test began.
  [[nodiscard]] counts now() const { return since(read(), began_); }
  void run() { dynamic_cast<caf::scheduler::test_coordinator&>(system_.scheduler()).run(); }

  testing_config configuration_;
  caf::actor_system system_{configuration_};

private:
  static counts read() {
    const auto& meter = meter_of("number");
    return {meter.spawned.value() - meter.stopped.value(),
            meter.enqueued.value() - meter.handled.value() - meter.discarded.value(), meter.handled.value(),
            meter.discarded.value()};
  }
  static counts since(const counts& a, const counts& b) {
    return {a.living - b.living, a.waiting - b.waiting, a.handled - b.handled, a.discarded - b.discarded};
  }

  counts began_ = read();
};

}  // namespace

TEST_F(Metered, CountsWhatWaitsAndWhatWasHandled) {
  const auto one = system_.spawn(number);
  const auto two = system_.spawn(number);
  for (int i = 0; i < 5; ++i) caf::anon_send(one, i);
  caf::anon_send(two, 1);
  EXPECT_EQ(now(), (counts{2, 6, 0, 0}));
  run();
  EXPECT_EQ(now(), (counts{2, 0, 6, 0}));
}

TEST_F(Metered, CountsNothingAsWaitingForAnActorThatIsGone) {
  {
    const auto one = system_.spawn(number);
    for (const int value : {1, -1, 2, 3}) caf::anon_send(one, value);
    run();
    caf::anon_send(one, 4);
    run();
    EXPECT_EQ(now().handled, 2U);
  }
  EXPECT_EQ(now(), (counts{0, 0, 2, 3}));
}

TEST_F(Metered, MeasuresOneMessageInSixtyFour) {
  auto& handling = meter_of("number").handling;
  const auto measured = [&] {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i <= handling.bounds().size(); ++i) sum += handling.count(i);
    return sum;
  };
  const auto before = measured();
  const auto seconds_before = handling.sum();
  const auto one = system_.spawn(number);
  for (int i = 0; i < 640; ++i) caf::anon_send(one, i);
  run();
  EXPECT_EQ(measured() - before, 10U);
  EXPECT_GT(handling.sum(), seconds_before);
}

TEST(Counter, LosesNothingWhenThreadsAddAtOnce) {
  constexpr int times = 20'000;
  static counter grows;
  static level goes_up_and_down;
  std::vector<std::thread> threads;
  for (int i = 0; i < 12; ++i)
    threads.emplace_back([i] {
      for (int n = 0; n < times; ++n) {
        grows.add(2);
        if (i % 2 == 0) goes_up_and_down.add(3);
        if (i % 2 == 1) goes_up_and_down.take(2);
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(grows.value(), 12U * times * 2U);
  EXPECT_EQ(goes_up_and_down.value(), 6 * times);
}

}  // namespace parley

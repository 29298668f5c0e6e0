#include "transport/sign_in_limits.hpp"

#include <gtest/gtest.h>

namespace parley::testing {
namespace {

using namespace std::chrono_literals;
using verdict = sign_in_limits::verdict;

constexpr std::uint32_t rate = 30;

/// People at addresses, and a clock.
class SignInLimits : public ::testing::Test {
protected:
  /// Whether it was let through to the password.
  bool tries(std::string_view name, const std::string& address, verdict what = verdict::wrong) {
    const auto begun = limits.begin(name, address, now);
    last_wait = std::holds_alternative<sign_in_limits::wait>(begun)
                    ? std::optional(std::get<sign_in_limits::wait>(begun))
                    : std::nullopt;
    if (last_wait) return false;
    limits.end(std::get<sign_in_limits::attempt>(begun), what);
    return true;
  }
  static std::string botnet(int i) {
    return "10." + std::to_string(i / 250) + ".0." + std::to_string(i % 250);
  }

  sign_in_limits limits{rate};
  sign_in_limits::time_point now{1'000s};
  std::optional<sign_in_limits::wait> last_wait;
};

TEST_F(SignInLimits, SlowAGuesserAtOneAddressToTheRateAndNobodyElse) {
  int guesses = 0;
  for (int i = 0; i < 10 * 60 * 10; ++i, now += 100ms) guesses += tries("alice", "10.0.0.1") ? 1 : 0;
  EXPECT_GE(guesses, static_cast<int>(rate) * 10);
  EXPECT_LE(guesses, static_cast<int>(rate) * 11 + 1);
  EXPECT_EQ(last_wait->of, sign_in_limits::wait::limit::of_address);
  EXPECT_TRUE(tries("bob", "10.0.0.2", verdict::right));
  EXPECT_TRUE(tries("alice", "10.0.0.3", verdict::right));
}

TEST_F(SignInLimits, SlowAGuesserOfOneNameAtManyAddresses) {
  int guesses = 0;
  for (int i = 0; i < 10 * 60 * 10; ++i, now += 100ms) guesses += tries("alice", botnet(i % 100)) ? 1 : 0;
  // Each address once as one that was never seen, from then on all from the budget of those that failed.
  EXPECT_LE(guesses, 100 + static_cast<int>(rate) * 11 + 1);
  EXPECT_EQ(last_wait->of, sign_in_limits::wait::limit::of_name);
}

TEST_F(SignInLimits, DoNotLockOutTheOwnerWhereTheyHaveSignedInBefore) {
  EXPECT_TRUE(tries("alice", "192.0.2.1", verdict::right));
  for (int i = 0; i < 5'000; ++i) tries("alice", botnet(i));
  ASSERT_FALSE(tries("alice", botnet(5'001)));
  EXPECT_TRUE(tries("alice", "192.0.2.1", verdict::right));
}

TEST_F(SignInLimits, DoNotLockOutTheOwnerAtANewPlaceWhenTheGuessersAddressesAreKnown) {
  for (int i = 0; i < 20; ++i) tries("alice", botnet(i));
  for (int i = 0; i < 6'000; ++i, now += 10ms) tries("alice", botnet(i % 20));
  ASSERT_FALSE(tries("alice", botnet(3)));
  EXPECT_TRUE(tries("alice", "192.0.2.1", verdict::right));
}

TEST_F(SignInLimits, LastNoLongerThanTheGuessing) {
  for (int i = 0; i < 5'000; ++i) tries("alice", botnet(i));
  ASSERT_FALSE(tries("alice", "192.0.2.1"));
  now += last_wait->retry_after;
  EXPECT_TRUE(tries("alice", "192.0.2.1"));
}

TEST_F(SignInLimits, CostANameNothingWhenThePasswordIsRight) {
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(tries("alice", botnet(i), verdict::right));
}

TEST_F(SignInLimits, CostANameNothingWhenNobodyLookedAtThePassword) {
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(tries("alice", botnet(i), verdict::none));
}

TEST_F(SignInLimits, CountAttemptsThatAreStillUnderWay) {
  int under_way = 0;
  for (int i = 0; i < 200; ++i)
    under_way +=
        std::holds_alternative<sign_in_limits::attempt>(limits.begin("alice", botnet(i), now)) ? 1 : 0;
  EXPECT_EQ(under_way, static_cast<int>(rate));
}

TEST_F(SignInLimits, TakeNamesThatAnAccountCannotTellApartForOne) {
  EXPECT_EQ(counted_name("Alice"), counted_name("aLICE"));
  EXPECT_EQ(counted_name("\u00c9mile"), counted_name("\u00e9mile"));
  EXPECT_EQ(counted_name("\U00010400"), counted_name("\U00010428"));
  EXPECT_NE(counted_name("alice"), counted_name("alicf"));
  EXPECT_EQ(counted_name(std::string(60'000, 'a')), counted_name(std::string(50'000, 'a')));
}

TEST_F(SignInLimits, LimitNothingWhenZero) {
  sign_in_limits none{0};
  for (int i = 0; i < 1'000; ++i)
    ASSERT_TRUE(std::holds_alternative<sign_in_limits::attempt>(none.begin("alice", "a", now)));
}

}  // namespace
}  // namespace parley::testing

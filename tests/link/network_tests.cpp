#include <gtest/gtest.h>

#include <fstream>

#include "tests/link/support_network.hpp"

namespace parley {
namespace {

using namespace std::chrono_literals;

/// Each test runs with TLS and, as on loopback, without.
class Network : public testing::TestWithParam<bool> {
protected:
  static link_tls_files files_of(const std::string& node) {
    return GetParam() ? our_authority().files_of(node) : link_tls_files{};
  }
  void connect() {
    two.network->expect({one.self()});
    one.network->expect({two.self()});
    one.network->dial(two.self());
    ASSERT_TRUE(one.way() && two.way());
  }

  test_node one{1, files_of("node-1")};
  test_node two{2, files_of("node-2")};
};

INSTANTIATE_TEST_SUITE_P(OverTlsAndPlain, Network, testing::Bool(),
                         [](const auto& with) { return with.param ? "tls" : "plain"; });

TEST_P(Network, BringsPiecesBothWaysInOrderWhateverTheirSize) {
  connect();
  const std::vector<std::string> pieces{
      "a", "", std::string(15'999, 'b'), std::string(70'000, 'c'), std::string(5'000'000, 'd'), "e"};
  for (const auto& each : pieces) one.way()->send(each);
  for (const auto& each : pieces) two.way()->send(each);
  EXPECT_TRUE(two.events->wait([&] { return two.events->pieces.size() == pieces.size(); }));
  EXPECT_TRUE(one.events->wait([&] { return one.events->pieces.size() == pieces.size(); }));
  EXPECT_EQ(two.events->pieces, pieces);
  EXPECT_EQ(one.events->pieces, pieces);
}

TEST_P(Network, NumbersConnectionsUpwards) {
  connect();
  one.network->dial(two.self());
  EXPECT_TRUE(one.events->wait([&] { return one.events->wires.size() == 2; }));
  EXPECT_TRUE(two.events->wait([&] { return two.events->wires.size() == 2; }));
  for (auto* each : {&one, &two}) {
    EXPECT_LT(each->events->wires[0].connection, each->events->wires[1].connection);
    EXPECT_GT(each->events->wires[0].connection, 0U);
  }
}

TEST_P(Network, TellsBothSidesWhenOneEndsTheWire) {
  connect();
  one.way()->close();
  EXPECT_TRUE(two.events->wait([&] { return two.events->ended.size() == 1; }));
  EXPECT_TRUE(one.events->wait([&] { return one.events->ended.size() == 1; }));
}

TEST_P(Network, BringsWhatWasSentBeforeTheEnd) {
  connect();
  const auto way = one.way();
  way->send(std::string(1'000'000, 'x'));
  way->close();
  EXPECT_TRUE(two.events->wait([&] { return two.events->pieces.size() == 1; }));
}

TEST_P(Network, LetsNobodyInWhoIsNotExpected) {
  one.network->dial(two.self());
  EXPECT_TRUE(one.events->wait([&] { return one.events->failures.size() == 1; }));
  EXPECT_TRUE(two.events->wires.empty());
}

TEST_P(Network, LetsNobodyInWhoMeansAnotherLife) {
  two.network->expect({one.self()});
  auto earlier = two.self();
  earlier.incarnation = {22};
  one.network->dial(earlier);
  EXPECT_TRUE(one.events->wait([&] { return one.events->failures.size() == 1; }));
  EXPECT_TRUE(two.events->wires.empty());
}

TEST_P(Network, EndsTheWireOfAPeerThatIsNoLongerExpected) {
  connect();
  two.network->expect({});
  EXPECT_TRUE(one.events->wait([&] { return one.events->ended.size() == 1; }));
  EXPECT_TRUE(two.events->wait([&] { return two.events->ended.size() == 1; }));
}

TEST_P(Network, EndsEverythingWhenItStops) {
  connect();
  const auto address = two.self();
  two.network->stop();
  EXPECT_TRUE(one.events->wait([&] { return one.events->ended.size() == 1; }));
  one.network->dial(address);
  EXPECT_TRUE(one.events->wait([&] { return one.events->failures.size() == 1; }));
  EXPECT_NE(one.events->failures.front().find("Connection refused"), std::string::npos)
      << one.events->failures.front();
}

TEST_P(Network, GivesBackItsDescriptors) {
  const auto before = descriptors_of("self");
  for (int i = 0; i < 20; ++i) {
    connect();
    one.way()->close();
    const auto many = static_cast<std::size_t>(i + 1);
    ASSERT_TRUE(two.events->wait([&] { return two.events->ended.size() == many; }));
    one.events->wires.clear();
    two.events->wires.clear();
  }
  EXPECT_TRUE(one.events->wait([&] { return descriptors_of("self") <= before + 1; })) << before;
}

TEST(NetworkFailures, SayThatAnotherAuthorityIsNotOurs) {
  test_node one(1, our_authority().files_of("node-1"));
  test_node two(2, other_authority().files_of("node-2"));
  two.network->expect({one.self()});
  one.network->expect({two.self()});
  for (auto* each : {&one, &two}) {
    each->network->dial((each == &one ? two : one).self());
    ASSERT_TRUE(each->events->wait([&] { return each->events->failures.size() == 1; }));
    EXPECT_EQ(
        each->events->failures.front(),
        "its certificate is not accepted (self-signed certificate in certificate chain); do both nodes have "
        "the same cluster.tls.ca?");
  }
  EXPECT_TRUE(one.events->wires.empty() && two.events->wires.empty());
}

TEST(NetworkFailures, ComeSoonWhenOnlyOneSideSpeaksTls) {
  test_node one(1, our_authority().files_of("node-1"));
  test_node two(2, {});
  two.network->expect({one.self()});
  one.network->expect({two.self()});
  one.network->dial(two.self());
  EXPECT_TRUE(one.events->wait([&] { return one.events->failures.size() == 1; }));
  two.network->dial(one.self());
  EXPECT_TRUE(two.events->wait([&] { return two.events->failures.size() == 1; }));
  EXPECT_TRUE(one.events->wires.empty() && two.events->wires.empty());
}

TEST(NetworkFailures, NameAnAddressThatIsNone) {
  test_node one(1, {});
  for (const auto* address : {"nowhere.invalid:1", "no address", "127.0.0.1:1"}) {
    one.network->dial({{2}, "node-2", address});
    ASSERT_TRUE(one.events->wait([&] { return !one.events->failures.empty(); }));
    EXPECT_NE(one.events->failures.front().find(std::string("cannot connect to ") + address),
              std::string::npos)
        << one.events->failures.front();
    one.events->failures.clear();
  }
}

/// What a node says that cannot open its network.
std::string refusal(caf_network_settings settings) {
  caf::actor_system_config configuration;
  configuration.set("scheduler.max-threads", 1U);
  caf_network::prepare(configuration);
  caf::actor_system system{configuration};
  if (settings.address.empty()) settings.address = "127.0.0.1";
  const auto opened = caf_network::open(system, settings, std::make_shared<noted_events>());
  return opened.has_error() ? opened.error().message : "";
}

caf_network_settings with_tls(link_tls_files files) {
  caf_network_settings settings;
  settings.tls = std::move(files);
  return settings;
}

TEST(NetworkOpening, SaysThatThePortIsInUse) {
  test_node one(1, {});
  caf_network_settings settings;
  settings.port = one.port();
  EXPECT_EQ(refusal(settings),
            "cluster.port: " + one.network->address() + " is in use by another program; give another port");
}

TEST(NetworkOpening, SaysThatTheAddressIsNotOfThisMachine) {
  caf_network_settings settings;
  settings.address = "192.0.2.1";
  EXPECT_EQ(refusal(settings).find("cluster.address: cannot listen on 192.0.2.1:0: "), 0U)
      << refusal(settings);
  settings.address = "nowhere.invalid";
  EXPECT_EQ(refusal(settings).find("cluster.address: 'nowhere.invalid' is no address"), 0U)
      << refusal(settings);
}

TEST(NetworkOpening, SaysWhichFileIsMissingOrNotWhatItShouldBe) {
  const auto good = our_authority().files_of("node-1");
  auto files = good;
  files.certificate = "/nowhere/node.crt";
  EXPECT_EQ(refusal(with_tls(files)).find("cluster.tls.certificate: there is no file '/nowhere/node.crt'"),
            0U);
  files = good;
  files.key = good.certificate;
  EXPECT_EQ(refusal(with_tls(files)),
            "cluster.tls.key: '" + good.certificate + "' holds no private key; right is PEM");
  files = good;
  files.certificate = good.key;
  EXPECT_EQ(refusal(with_tls(files)),
            "cluster.tls.certificate: '" + good.key + "' holds no certificate; right is PEM");
  files = good;
  files.ca = good.key;
  EXPECT_EQ(refusal(with_tls(files)),
            "cluster.tls.ca: '" + good.key + "' holds no certificate of an authority; right is PEM");
}

TEST(NetworkOpening, SaysThatFilesDoNotBelongTogether) {
  auto files = our_authority().files_of("node-1");
  files.key = our_authority().files_of("node-2").key;
  EXPECT_EQ(refusal(with_tls(files)).find("cluster.tls.key: the key in '" + files.key + "' does not belong"),
            0U);
  files = our_authority().files_of("node-1");
  files.ca = other_authority().file("ca.crt");
  EXPECT_EQ(refusal(with_tls(files))
                .find("cluster.tls.certificate: no other node would accept the certificate in '" +
                      files.certificate + "' under the authority in '" + files.ca + "'"),
            0U)
      << refusal(with_tls(files));
}

TEST(NetworkOpening, TakesRenewedFilesForWhatConnectsFromThenOn) {
  const scratch_folder folder;
  const auto place = [&](const test_authority& from) {
    for (const auto* each : {"node-2.crt", "node-2.key", "ca.crt"})
      std::filesystem::copy_file(from.file(each), folder.path() / each,
                                 std::filesystem::copy_options::overwrite_existing);
  };
  place(other_authority());
  test_node one(1, our_authority().files_of("node-1"));
  test_node two(2, {folder.path() / "node-2.crt", folder.path() / "node-2.key", folder.path() / "ca.crt"});
  two.network->expect({one.self()});
  one.network->expect({two.self()});
  one.network->dial(two.self());
  ASSERT_TRUE(one.events->wait([&] { return one.events->failures.size() == 1; }));
  std::ofstream(folder.path() / "node-2.key") << "half a file";
  EXPECT_TRUE(two.network->reload_certificates().has_error());
  place(our_authority());
  EXPECT_TRUE(two.network->reload_certificates().has_value());
  one.network->dial(two.self());
  EXPECT_TRUE(one.way());
}

}  // namespace
}  // namespace parley

#include <gmock/gmock.h>

#include "tests/config/configuration.hpp"

namespace parley::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

struct value_case {
  std::string flag;
  bool is_good;
};

TEST(Values, AreTakenOrRefused) {
  const value_case cases[] = {
      {"--node.name=node-1.a_B", true},
      {"--node.name=12345678901234567890", true},
      {"--node.name=123456789012345678901", false},
      {"--node.name=", false},
      {"--node.name=a b", false},
      {"--node.data=", false},
      {"--listen.address=::1", true},
      {"--listen.address=::", true},
      {"--listen.address=0.0.0.0", true},
      {"--listen.address=localhost", false},
      {"--listen.address=127.0.0", false},
      {"--listen.address=[::1]", false},
      {"--listen.address=", false},
      {"--listen.port=0", true},
      {"--listen.port=+1", false},
      {"--listen.port=0x10", false},
      {"--listen.port=", false},
      {"--listen.origins=", true},
      {"--listen.origins=*", true},
      {"--listen.origins=https://chat.example.org", true},
      {"--listen.origins=http://127.0.0.1:3000,https://[::1]:8080", true},
      {"--listen.origins=capacitor://localhost", true},
      {"--listen.origins=https://chat.example.org/", false},
      {"--listen.origins=https://chat.example.org/path", false},
      {"--listen.origins=https://user@chat.example.org", false},
      {"--listen.origins=https://chat.example.org:99999", false},
      {"--listen.origins=https://chat.example.org:", false},
      {"--listen.origins=chat.example.org", false},
      {"--listen.origins=https://", false},
      {"--listen.origins=://x", false},
      {"--listen.origins=https://a.example,nonsense", false},
      {"--storage.url=postgresql://", true},
      {"--storage.url=postgresql:///parley?host=/run/postgresql", true},
      {"--storage.url=postgres://u:p%40@db:5432/parley?sslmode=require", true},
      {"--storage.url=host=db dbname=parley", true},
      {"--storage.url=host = db", true},
      {"--storage.url=postgresql://db:/parley", true},
      {"--storage.url=postgresql://u:5x@db,other:5433/parley", true},
      {"--storage.url=postgresql://[::1]:5432,[::2]/parley", true},
      {"--storage.url=postgresql://db/parley?host=other&port=5433", true},
      {"--storage.url=postgresql://db/parley?port=543%32", true},
      {"--storage.url=host=db port=5432", true},
      {"--storage.url=host=a,b port='5432,5433'", true},
      {"--storage.url=host=a port=''", true},
      {"--storage.url=postgresql://db:543x/parley", false},
      {"--storage.url=postgresql://u:p@db:many", false},
      {"--storage.url=postgresql://db:0/parley", false},
      {"--storage.url=postgresql://db:65536/parley", false},
      {"--storage.url=postgresql://db:-5432/parley", false},
      {"--storage.url=postgresql://db:5432,other:x/parley", false},
      {"--storage.url=postgresql://[::1]:x/parley", false},
      {"--storage.url=postgresql://[::1/parley", false},
      {"--storage.url=postgresql://[::1]5432/parley", false},
      {"--storage.url=postgresql://db/parley?port=x", false},
      {"--storage.url=postgresql://db/parley?a=b&port=5432,x", false},
      {"--storage.url=host=db port=x", false},
      {"--storage.url=host=db port='5432,x'", false},
      {"--storage.url=mysql://db", false},
      {"--storage.url=db", false},
      {"--storage.url=host=db dbname", false},
      {"--storage.url=host='db", false},
      {"--presence.grace=10s", true},
      {"--presence.grace=500ms", true},
      {"--presence.grace=2m", true},
      {"--presence.grace=1h", true},
      {"--presence.grace=10", false},
      {"--presence.grace=s", false},
      {"--presence.grace=1.5s", false},
      {"--presence.grace=10 s", false},
      {"--presence.grace=-1s", false},
      {"--presence.grace=99999999999999999999h", false},
      {"--presence.grace=1000000000h", false},
      {"--operator.token=", true},
      {"--operator.token=0123456789abcdef", true},
      {"--operator.token=0123456789abcde", false},
      {"--operator.token=0123456789 abcdef", false},
      {"--limits.devices=0", true},
      {"--limits.group_members=0", true},
      {"--limits.sends_per_second=0", true},
      {"--limits.accounts_per_minute=0", true},
      {"--limits.sign_ins_per_minute=0", true},
      {"--limits.admissions_per_second=0", true},
      {"--limits.text_characters=0", false},
      {"--limits.frame_bytes=0", false},
      {"--limits.unanswered_requests=0", false},
      {"--limits.outbox_bytes=0", false},
      {"--limits.sends_burst=0", false},
      {"--limits.request_timeout=0s", false},
      {"--storage.readers=0", false},
      {"--threads.actors=0", true},
  };
  for (const auto& each : cases) {
    const auto result = load({each.flag});
    EXPECT_EQ(result.loaded.has_value(), each.is_good) << each.flag << "\n" << joined(result.errors);
    EXPECT_EQ(result.errors.size(), each.is_good ? 0U : 1U) << each.flag << "\n" << joined(result.errors);
  }
}

TEST(Values, AreStoredInTheirUnits) {
  EXPECT_EQ(load({"--presence.grace=2m"}).loaded->values.presence.grace, std::chrono::minutes(2));
  EXPECT_EQ(load({"--limits.request_timeout=1500ms"}).loaded->values.limits.request_timeout,
            std::chrono::milliseconds(1500));
}

TEST(NodeName, FitsIntoTheNameOfAConnection) {
  // PostgreSQL cuts application_name after 63 bytes, and fencing looks for all of it:
  // "parley NAME INCARNATION writer helper", an incarnation being up to 19 digits.
  const std::string longest(20, 'x');
  ASSERT_TRUE(load({"--node.name=" + longest}).loaded);
  EXPECT_LE(("parley " + longest + " " + std::string(19, '9') + " writer helper").size(), 63U);
}

struct together_case {
  std::vector<std::string> flags;
  std::string start;
  std::string part;
};

TEST(ValuesTogether, AreRefusedAtTheKeyToChange) {
  const together_case cases[] = {
      {{"--listen.tls.certificate=c"}, "--listen.tls.certificate: listen.tls.certificate: ", "give both"},
      {{"--listen.tls.key=k"}, "--listen.tls.key: listen.tls.key: ", "give both"},
      {{"--cluster.tls.certificate=c"}, "--cluster.tls.certificate: ", "all three"},
      {{"--cluster.tls.key=c", "--cluster.tls.ca=c"}, "--cluster.tls.key: ", "all three"},
      {{"--cluster.address=10.0.0.7"},
       "--cluster.address: cluster.address: ",
       "plain is allowed only on loopback"},
      {{"--cluster.address=node-1.local"}, "--cluster.address: ", "plain is allowed only on loopback"},
      {{"--cluster.address=127.evil.example"}, "--cluster.address: ", "plain is allowed only on loopback"},
      {{"--cluster.address=http://x"}, "--cluster.address: ", "neither an IP address nor a host name"},
      {{"--cluster.address=0.0.0.0", "--cluster.tls.certificate=c", "--cluster.tls.key=k",
        "--cluster.tls.ca=a", "--storage.url=postgresql://db/parley"},
       "--cluster.address: ",
       "an address of this machine, not all of them"},
      {{"--cluster.address=127.0.0.1"}, "--cluster.address: ", "give storage.url as well"},
      {{"--limits.text_characters=150000"},
       "--limits.text_characters: limits.text_characters: ",
       "1808192 bytes"},
      {{"--limits.frame_bytes=16384"},
       "--limits.frame_bytes: limits.frame_bytes: ",
       "at most 682 characters"},
  };
  for (const auto& each : cases)
    EXPECT_THAT(load(each.flags).errors, ElementsAre(AllOf(StartsWith(each.start), HasSubstr(each.part))))
        << each.flags[0];
}

TEST(ValuesTogether, AreTakenWhenTheyFit) {
  EXPECT_TRUE(load({"--limits.text_characters=150000", "--limits.frame_bytes=1808192"}).loaded);
  EXPECT_TRUE(load({"--limits.text_characters=682", "--limits.frame_bytes=16384"}).loaded);
}

TEST(ValuesTogether, LetNodesMeetOnLoopbackPlainlyAndElsewhereUnderTls) {
  const std::string database = "--storage.url=postgresql://db/parley";
  for (const auto* address : {"127.0.0.1", "127.0.0.9", "::1", "localhost"}) {
    const auto result = load({std::string("--cluster.address=") + address, "--cluster.port=0", database});
    EXPECT_TRUE(result.loaded) << joined(result.errors);
  }
  for (const auto* address : {"10.0.0.7", "node-1.local", "2001:db8::1"}) {
    const auto result = load({std::string("--cluster.address=") + address, "--cluster.tls.certificate=c",
                              "--cluster.tls.key=k", "--cluster.tls.ca=a", database});
    EXPECT_TRUE(result.loaded) << joined(result.errors);
  }
}

TEST(ValuesTogether, AreNotBlamedForAnErrorAlreadyReported) {
  EXPECT_THAT(load({"--limits.text_characters=x", "--limits.frame_bytes=16384"}).errors,
              ElementsAre(HasSubstr("limits.text_characters")));
}

}  // namespace
}  // namespace parley::testing

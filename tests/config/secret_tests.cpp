#include <gmock/gmock.h>

#include "config/redaction.hpp"
#include "tests/config/configuration.hpp"

namespace parley::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(ConnectionString, LosesItsPasswordsAndNothingElse) {
  const std::pair<const char*, const char*> cases[] = {
      {"", ""},
      {"postgresql://db/parley", "postgresql://db/parley"},
      {"postgresql://user@db:5432/parley", "postgresql://user@db:5432/parley"},
      {"postgresql://user:hunter2@db:5432/parley", "postgresql://user:(secret)@db:5432/parley"},
      {"postgres://user:hun:ter2@db", "postgres://user:(secret)@db"},
      {"postgresql://user:hun/ter2@db/parley", "postgresql://(secret)"},
      {"postgresql://user:hun@ter2@db/parley", "postgresql://(secret)"},
      {"postgresql://user:hun?ter2@db/parley", "postgresql://(secret)"},
      {"postgresql://db/p?user=a&password=hunter2&x=1", "postgresql://db/p?user=a&password=(secret)&x=1"},
      {"postgresql://db/p?sslpassword=hunter2&password=ter2",
       "postgresql://db/p?sslpassword=(secret)&password=(secret)"},
      {"postgresql://db/p?pass%77ord=hunter2", "postgresql://db/p?pass%77ord=(secret)"},
      {"host=db password=hunter2 dbname=p", "host=db password=(secret) dbname=p"},
      {"host=db password = hunter2", "host=db password = (secret)"},
      {"password='hun ter2' host=db", "password=(secret) host=db"},
      {"password='hun\\'ter2' host=db", "password=(secret) host=db"},
      {"password=hun\\ ter2 host=db", "password=(secret) host=db"},
      {"sslpassword=hunter2 password=ter2", "sslpassword=(secret) password=(secret)"},
      {"host=db password='hunter2", "(secret)"},
      {"host=db PASSWORD=hunter2", "(secret)"},
      {"hunter2", "(secret)"},
  };
  for (const auto& [text, shown] : cases) EXPECT_EQ(redacted_connection(text), shown) << text;
}

/// Every way to say something with a secret in it, right or wrong; "hunter2" is the secret.
const std::vector<std::string>& files_with_a_secret() {
  static const std::vector<std::string> files{
      "operator: {token: hunter2hunter2hunter2}\n",
      "operator: {token: hunter2}\n",
      "operator: {token:hunter2}\n",
      "operator:\n  token:hunter2\n",
      "operator:\n  hunter2\n",
      "operator: hunter2\n",
      "operator: {token: [hunter2]}\n",
      "operator: {token: [[hunter2]]}\n",
      "operator: {token: {hunter2: 1}}\n",
      "operator: {token: {hunter2: {a: 1}}}\n",
      "operator: {token: {{ hunter2 }}}\n",
      "operator: {token: *hunter2}\n",
      "operator: {token: &hunter2 x}\n",
      "operator: {token: !hunter2 x}\n",
      "operator: {token: !hunter2}\n",
      "operator: {token: \"hunter2\n",
      "operator: {token: \"hunter2 \\q\"}\n",
      "operator: {token: 'hunter2' hunter2}\n",
      "operator: {token: hunter2, token: hunter2}\n",
      "operator: {tokn: hunter2}\n",
      "operator.token: hunter2\n",
      "storage: {url: 'postgresql://u:hunter2@db/p'}\n",
      "storage: {url: 'postgresql://u:hunter2/@db/p'}\n",
      "storage: {url: 'postgresql://u:hunter2@x@db/p'}\n",
      "storage: {url: 'postgresql://db/p?password=hunter2'}\n",
      "storage: {url: 'postgresql://db/p?hunter2'}\n",
      "storage: {url: 'mysql://u:hunter2@db/p'}\n",
      "storage: {url: 'host=db password = hunter2'}\n",
      "storage: {url: 'hunter2'}\n",
      "storage: {url: ['postgresql://u:hunter2@db/p']}\n",
      "storage: {url: {hunter2: 1}}\n",
      "storage: {url: \"host=db\\npassword=hunter2\"}\n",
      "storage: {ulr: 'postgresql://u:hunter2@db/p'}\n",
      "operator: {tokenhunter2: x}\n",
      "operator: {\"token:hunter2\": x}\n",
      "storage: {\"urlpostgresql://u:hunter2@db\": x}\n",
  };
  return files;
}

void expect_silence(const load_result& result, const std::string& about) {
  EXPECT_THAT(joined(result.errors), Not(HasSubstr("hunter2"))) << about;
  const auto printed = result.loaded ? print_text(*result.loaded) : "";
  EXPECT_THAT(printed, Not(HasSubstr("hunter2"))) << about;
  EXPECT_TRUE(result.loaded || !result.errors.empty());
}

TEST(Secrets, OfAFileNeverAppear) {
  for (const auto& text : files_with_a_secret()) expect_silence(load_text(text), text);
}

TEST(Secrets, OfTheCommandLineNeverAppear) {
  const std::vector<std::vector<std::string>> lines{{"--operator.token=hunter2"},
                                                    {"--operator.token", "hunter2"},
                                                    {"--operator.token=hunter2hunter2hunter2"},
                                                    {"--operator.tokn", "hunter2"},
                                                    {"--operator.tokn=hunter2"},
                                                    {"--operator.token=", "hunter2"},
                                                    {"--operator.tokenhunter2=x"},
                                                    {"--operator.tokenhunter2"},
                                                    {"--operator.token:hunter2"},
                                                    {"--operator.token hunter2"},
                                                    {"--operator.token.hunter2=x"},
                                                    {"--operator.toknhunter2", "x"},
                                                    {"--operator.hunter2=x"},
                                                    {"--operater.tokenhunter2=x"},
                                                    {"--operator-tokenhunter2=x"},
                                                    {"--OPERATOR.TOKENhunter2=x"},
                                                    {"--storage.urlpostgresql://u:hunter2@db"},
                                                    {"--storage.url:postgresql://u:hunter2@db?a=b"},
                                                    {"--storage.ulrpostgresql://u:hunter2@db?a=b"},
                                                    {"--storage.url/hunter2=x"},
                                                    {"--storage.url=postgresql://u:hunter2"},
                                                    {"--storage.url=postgresql://u:p@db:hunter2/p"},
                                                    {"--storage.url=host=db port=hunter2"},
                                                    {"hunter2"},
                                                    {"--storage.url=hunter2"},
                                                    {"--storage.url", "postgresql://u:hunter2@db"}};
  for (const auto& line : lines) expect_silence(load(line), line[0]);
}

TEST(Secrets, OfTheEnvironmentNeverAppear) {
  for (const auto* value : {"hunter2", "hunter2hunter2hunter2", "hunter2 hunter2 hunter2", "hunter2\n"})
    for (const auto* name : {"PARLEY_OPERATOR_TOKEN", "PARLEY_STORAGE_URL", "PARLEY_PASSWORD"})
      expect_silence(load({}, {{name, value}}), name);
}

TEST(Secrets, ReachTheNode) {
  const auto result =
      load({"--operator.token=hunter2hunter2hunter2", "--storage.url=postgresql://u:pw@db/p"});
  ASSERT_TRUE(result.loaded) << joined(result.errors);
  EXPECT_EQ(result.loaded->values.operators.token, "hunter2hunter2hunter2");
  EXPECT_EQ(result.loaded->values.storage.url, "postgresql://u:pw@db/p");
}

TEST(Secrets, ThatWereHiddenByPrintingAreNotTakenBack) {
  const auto first = load({"--operator.token=hunter2hunter2hunter2", "--storage.url=postgresql://u:pw@db/p"});
  ASSERT_TRUE(first.loaded) << joined(first.errors);
  const auto second = load_text(print_text(*first.loaded));
  ASSERT_EQ(second.errors.size(), 2U) << joined(second.errors);
  EXPECT_THAT(second.errors[0], HasSubstr("storage.url: "));
  EXPECT_THAT(second.errors[1], HasSubstr("operator.token: "));
}

}  // namespace
}  // namespace parley::testing

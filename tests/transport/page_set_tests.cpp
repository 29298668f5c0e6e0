#include <gtest/gtest.h>

#include <array>
#include <string>

#include "transport/pages/page_set.hpp"

namespace parley {
namespace {

constexpr std::array files{
    page_file{"/", "text/html; charset=utf-8", page_keeping::revalidate, "<!doctype html>"},
    page_file{"/assets/page-1.js", "text/javascript; charset=utf-8", page_keeping::forever, "let a;"},
};

std::string header(const page_answer& answer, std::string_view name) {
  for (const auto& [each, value] : answer.headers)
    if (each == name) return value;
  return "(none)";
}

TEST(PageSet, GivesTheBytesOfAPathWithTheirType) {
  const page_set pages{files};
  const auto answer = pages.find("/assets/page-1.js", "");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->bytes, "let a;");
  EXPECT_EQ(header(*answer, "Content-Type"), "text/javascript; charset=utf-8");
  EXPECT_EQ(header(*answer, "X-Content-Type-Options"), "nosniff");
}

TEST(PageSet, KnowsNothingAtOtherPaths) {
  const page_set pages{files};
  for (const auto* path : {"", "/index.html", "/assets", "/assets/", "/assets/page-2.js", "//"})
    EXPECT_FALSE(pages.find(path, "")) << path;
  EXPECT_FALSE(page_set{}.find("/", ""));
}

TEST(PageSet, LetsOnlyNamedContentBeKeptWithoutAsking) {
  const page_set pages{files};
  EXPECT_EQ(header(*pages.find("/", ""), "Cache-Control"), "no-cache");
  EXPECT_EQ(header(*pages.find("/assets/page-1.js", ""), "Cache-Control"),
            "public, max-age=31536000, immutable");
}

TEST(PageSet, SaysNotModifiedToWhoHoldsTheSameBytes) {
  const page_set pages{files};
  const auto tag = header(*pages.find("/", ""), "ETag");
  for (const auto& list :
       {tag, "W/" + tag, "\"other\", " + tag, "\"other\" ,\tW/" + tag + " ", std::string{"*"}}) {
    const auto answer = pages.find("/", list);
    EXPECT_FALSE(answer->is_modified) << list;
    EXPECT_TRUE(answer->bytes.empty()) << list;
    EXPECT_EQ(header(*answer, "ETag"), tag) << list;
  }
  for (const auto& list :
       {std::string{}, std::string{"\"other\""}, std::string{","}, tag.substr(1), "x" + tag}) {
    const auto answer = pages.find("/", list);
    EXPECT_TRUE(answer->is_modified) << list;
    EXPECT_EQ(answer->bytes, "<!doctype html>") << list;
  }
}

TEST(PageSet, TagsOtherBytesOtherwise) {
  const std::array other{page_file{"/", "text/html", page_keeping::revalidate, "<!doctype htmm>"}};
  EXPECT_NE(header(*page_set{files}.find("/", ""), "ETag"), header(*page_set{other}.find("/", ""), "ETag"));
}

TEST(PageSet, ForbidsEverythingThatTheNodeDoesNotServe) {
  const auto policy = header(*page_set{files}.find("/", ""), "Content-Security-Policy");
  EXPECT_EQ(policy, content_security_policy());
  EXPECT_TRUE(policy.starts_with("default-src 'none'; "));
  for (const auto* loose : {"unsafe", "http:", "https:", "*", "blob:"})
    EXPECT_EQ(policy.find(loose), std::string::npos) << loose;
}

}  // namespace
}  // namespace parley

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

#include "tests/tools/topology/sample.hpp"
#include "tools/parley/topology/escaped.hpp"
#include "tools/parley/topology/graph_formats.hpp"
#include "tools/parley/topology/snapshot_formats.hpp"

// Files for other programs: nothing is lost on the way, whatever the names are. That those programs open
// them is seen in tests/integration/topology_command_test.py.

namespace parley::topology {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::size_t times_in(const std::string& text, std::string_view what) {
  std::size_t count = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + what.size())) ++count;
  return count;
}

/// What an XML reader makes of a text, by the five entities and references to numbers below 256.
std::string read_back(std::string text) {
  const std::pair<std::string, std::string> entities[]{{"&lt;", "<"},   {"&gt;", ">"},  {"&quot;", "\""},
                                                       {"&apos;", "'"}, {"&#9;", "\t"}, {"&#10;", "\n"},
                                                       {"&#13;", "\r"}, {"&amp;", "&"}};
  for (const auto& [from, to] : entities)
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
      text.replace(at, from.size(), to);
  return text;
}

TEST(escaped_test, XmlHoldsWhatItCanAndNothingElse) {
  EXPECT_EQ(xml_text("a & b < c > d \" e ' f"), "a &amp; b &lt; c &gt; d &quot; e &apos; f");
  EXPECT_EQ(xml_text("line\nend\ttab"), "line&#10;end&#9;tab");
  EXPECT_EQ(xml_text(std::string_view{"\0\x01\x1b", 3}), "\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(xml_text("\xc2\x9b"), "&#155;");
  EXPECT_EQ(xml_text("\xef\xbf\xbe \xff"), "\uFFFD \uFFFD");
  EXPECT_EQ(xml_text("名前 😀"), "名前 😀");
}

TEST(escaped_test, DotIdsStayDifferent) {
  EXPECT_EQ(dot_text("say \"hi\""), "\"say \\\"hi\\\"\"");
  EXPECT_EQ(dot_text("ends with \\"), "\"ends with \\\\\"");
  EXPECT_NE(dot_text("a\nb"), dot_text("a\\nb"));
  EXPECT_EQ(dot_text("\x1b[2J"), "\"\uFFFD[2J\"");
}

TEST(escaped_test, NoCellIsAFormula) {
  for (const char* formula : {"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"})
    EXPECT_THAT(csv_cell(formula), testing::AnyOf(StartsWith("'"), StartsWith("\"'"))) << formula;
  EXPECT_EQ(csv_cell("plain"), "plain");
  EXPECT_EQ(csv_cell("a,b"), "\"a,b\"");
  EXPECT_EQ(csv_cell("say \"hi\""), "\"say \"\"hi\"\"\"");
  EXPECT_EQ(csv_cell("two\nlines"), "\"two\nlines\"");
  EXPECT_EQ(csv_cell("=a,\"b\""), "\"'=a,\"\"b\"\"\"");
}

RC_GTEST_PROP(escaped_property, AnyTextComesBackFromXml, (const std::string& text)) {
  std::string plain;
  for (const char each : text)
    if (static_cast<unsigned char>(each) >= 0x20 && static_cast<unsigned char>(each) < 0x7f) plain += each;
  const auto written = xml_text(plain + "<&>\"'\n");
  RC_ASSERT(written.find_first_of("<>\"'\n") == std::string::npos);
  RC_ASSERT(read_back(written) == plain + "<&>\"'\n");
}

RC_GTEST_PROP(escaped_property, ADotTextEndsWhereItEnds, (const std::string& text)) {
  const auto written = dot_text(text);
  RC_ASSERT(written.size() >= 2 && written.front() == '"' && written.back() == '"');
  // A quote inside has an odd number of backslashes before it, the last one an even number.
  std::size_t backslashes = 0;
  for (std::size_t i = 1; i < written.size(); ++i) {
    if (written[i] == '"') RC_ASSERT((backslashes % 2 == 1) == (i + 1 < written.size()));
    backslashes = written[i] == '\\' ? backslashes + 1 : 0;
  }
}

RC_GTEST_PROP(escaped_property, ACellIsOneCell, (const std::string& text)) {
  const auto written = csv_cell(text);
  if (written.starts_with('"')) {
    RC_ASSERT(written.size() >= 2 && written.ends_with('"'));
    const auto inside = written.substr(1, written.size() - 2);
    RC_ASSERT(times_in(inside, "\"\"") * 2 == static_cast<std::size_t>(std::ranges::count(inside, '"')));
  } else {
    RC_ASSERT(written.find_first_of(",;\"\r\n") == std::string::npos);
  }
  RC_ASSERT(written.empty() || std::string_view{"=+-@\t"}.find(written.front()) == std::string_view::npos);
}

/// A snapshot with these edges and flows; some ends have actors, some have not.
snapshot random_snapshot(const std::vector<std::pair<std::uint8_t, std::uint8_t>>& links,
                         std::uint8_t listed) {
  snapshot out;
  out.taken_at = "2026-05-01T12:00:00.000Z";
  for (unsigned i = 0; i < listed % 40U; ++i) {
    actor one;
    one.id = "n/" + std::to_string(i);
    one.node = "n";
    one.kind = "session";
    one.entity = i % 3 == 0 ? "" : "person:" + std::to_string(i / 2);
    one.name = "<\"&'\\" + std::to_string(i);
    out.actors.push_back(std::move(one));
  }
  for (const auto& [from, to] : links) {
    out.edges.push_back({"n/" + std::to_string(from % 50), "m/" + std::to_string(to % 50), "t\"<", 1, 0, {}});
    out.flows.push_back(
        {"person:" + std::to_string(from % 50), "person:" + std::to_string(to % 50), "", "", 2, 0});
  }
  return out;
}

using some_links = std::vector<std::pair<std::uint8_t, std::uint8_t>>;

RC_GTEST_PROP(format_property, EveryFormatHasEveryVertexAndEveryLinkOnce,
              (const some_links& links, std::uint8_t listed)) {
  const auto taken = random_snapshot(links, listed);
  for (const auto which : {graph_of::flows, graph_of::messages}) {
    std::set<std::string> ids;
    for (const auto& each : taken.actors)
      if (which == graph_of::messages || !each.entity.empty())
        ids.insert(which == graph_of::messages ? each.id : each.entity);
    for (std::size_t i = 0; i < taken.edges.size(); ++i) {
      ids.insert(which == graph_of::messages ? taken.edges[i].from : taken.flows[i].from);
      ids.insert(which == graph_of::messages ? taken.edges[i].to : taken.flows[i].to);
    }
    const auto made = make_graph(taken, which);
    RC_ASSERT(made.vertices.size() == ids.size());
    const auto graphml = to_graphml(made);
    const auto gexf = to_gexf(made);
    for (const auto* xml : {&graphml, &gexf}) {
      RC_ASSERT(times_in(*xml, "<node id=") == ids.size());
      RC_ASSERT(times_in(*xml, "<edge id=") == links.size());
    }
    RC_ASSERT(times_in(to_dot(made), " -> ") == links.size());
    RC_ASSERT(times_in(to_dot(made), " [label=") == ids.size());
    RC_ASSERT(times_in(vertices_csv(made), "\r\n") == ids.size() + 1);
    RC_ASSERT(times_in(links_csv(made), "\r\n") == links.size() + 1);
  }
}

TEST(graph_test, EndsThatAreOnlyNamedAreMarked) {
  const auto made = make_graph(sample(), graph_of::messages);
  EXPECT_EQ(made.vertices.size(), 10);
  EXPECT_EQ(made.links.size(), 9);
  const auto found = std::ranges::find(made.vertices, "node-2/77", &vertex::id);
  ASSERT_NE(found, made.vertices.end());
  EXPECT_EQ(found->group, "node-2");
  EXPECT_EQ(cell_text(found->cells.back()), "false");
  const auto flows = make_graph(sample(), graph_of::flows);
  EXPECT_EQ(flows.links.size(), 6);
  EXPECT_EQ(std::ranges::count_if(flows.vertices,
                                  [](const vertex& each) { return cell_text(each.cells.back()) == "false"; }),
            1);
}

TEST(graph_test, EveryVertexHasACellForEveryColumn) {
  for (const auto which : {graph_of::flows, graph_of::messages}) {
    const auto made = make_graph(sample(), which);
    for (const auto& each : made.vertices)
      EXPECT_EQ(each.cells.size(), made.vertex_columns.size()) << each.id;
    for (const auto& each : made.links) EXPECT_EQ(each.cells.size(), made.link_columns.size());
  }
}

TEST(snapshot_formats_test, LinesHoldEverythingAndCommandNoTerminal) {
  const auto taken = sample();
  const auto text = rendered(taken, {file_format::jsonl, graph_of::flows, ""});
  EXPECT_EQ(times_in(text, "\n"), 1 + taken.nodes.size() + taken.kinds.size() + taken.actors.size() +
                                      taken.edges.size() + taken.flows.size());
  for (const auto format : {file_format::json, file_format::jsonl, file_format::dot, file_format::graphml,
                            file_format::gexf, file_format::table})
    for (const auto which : {graph_of::flows, graph_of::messages}) {
      const auto all = rendered(taken, {format, which, ""});
      EXPECT_THAT(all, Not(HasSubstr("\x1b")));
      EXPECT_THAT(all, Not(HasSubstr("\x01")));
      EXPECT_THAT(all, Not(HasSubstr("\xc2\x9b")));
    }
}

TEST(snapshot_formats_test, WhatIsMissingIsSaid) {
  auto taken = sample();
  auto remarks = remarks_about(taken, {}, true);
  EXPECT_THAT(remarks, testing::UnorderedElementsAre(HasSubstr("node-3 is missing: it did not answer"),
                                                     HasSubstr("node-2 made room for new edges")));
  taken.nodes[0].actors = 60'000;
  EXPECT_THAT(remarks_about(taken, {}, true).front(), HasSubstr("node-1 shows 6 of its 60000 actors"));
  EXPECT_EQ(remarks_about(taken, {}, false).size(), 2);
  taken.nodes[0].actors = 6;
  taken.flows.clear();
  EXPECT_THAT(remarks_about(taken, {}, true).back(), HasSubstr("nothing of this was said"));
  for (auto& each : taken.nodes) each.level = "kinds";
  EXPECT_THAT(remarks_about(taken, {}, true).back(), HasSubstr("--for 3s"));
  EXPECT_EQ(remarks_about(taken, {file_format::json, graph_of::flows, ""}, true).size(), 2);
}

}  // namespace
}  // namespace parley::topology

#include <fmt/format.h>

#include <map>

#include "tools/parley/trace/exports.hpp"

namespace parley::trace {

namespace {

/// Trace ids of OTLP have 16 bytes; those of nodes have 8, which are the last.
std::string wide(const std::string& trace) { return "0000000000000000" + trace; }

json::object text_attribute(std::string_view key, const std::string& value) {
  return {{"key", json::string_view{key.data(), key.size()}},
          {"value", json::object{{"stringValue", value}}}};
}

/// 64-bit numbers are texts in the JSON of protocol buffers.
json::object number_attribute(std::string_view key, std::int64_t value) {
  return {{"key", json::string_view{key.data(), key.size()}},
          {"value", json::object{{"intValue", std::to_string(value)}}}};
}

json::array attributes_of(const span& what, const sent_message* sent) {
  json::array out{text_attribute("parley.kind", what.kind),
                  number_attribute("parley.waited_ns", what.waited_ns),
                  number_attribute("parley.took_ns", what.took_ns)};
  if (!what.actor.empty()) out.push_back(text_attribute("parley.actor", what.actor));
  if (!what.entity.empty()) out.push_back(text_attribute("parley.entity", what.entity));
  for (const auto& [name, value] : what.details) {
    const auto key = "parley." + name;
    if (const auto* text = std::get_if<std::string>(&value))
      out.push_back(text_attribute(key, *text));
    else
      out.push_back(number_attribute(key, std::get<std::int64_t>(value)));
  }
  if (sent != nullptr && what.parent.empty()) {
    out.push_back(number_attribute("parley.client.latency_ns", sent->latency_ns));
    out.push_back(number_attribute("parley.client.began_at_ns", sent->began_at_ns));
  }
  return out;
}

json::object otlp_span(const span& what, const sent_message* sent) {
  constexpr int kind_internal = 1;
  constexpr int kind_server = 2;
  json::object out{{"traceId", wide(what.trace)},
                   {"spanId", what.id},
                   {"parentSpanId", what.parent},
                   {"name", what.kind + ' ' + what.name},
                   {"kind", what.parent.empty() ? kind_server : kind_internal},
                   {"startTimeUnixNano", std::to_string(what.at_ns)},
                   {"endTimeUnixNano", std::to_string(what.ended_at_ns())},
                   {"attributes", attributes_of(what, sent)},
                   {"status", json::object{}}};
  if (what.name == "shared" && !what.text("continues_trace").empty())
    out["links"] = json::array{json::object{{"traceId", wide(what.text("continues_trace"))},
                                            {"spanId", what.text("continues_span")}}};
  return out;
}

}  // namespace

std::string to_otlp(const collection& what) {
  std::map<std::string, const sent_message*> sent;
  for (const auto& each : what.sent) sent.emplace(each.trace, &each);
  std::map<std::string, json::array> by_node;
  for (const auto& each : what.spans) {
    const auto found = sent.find(each.trace);
    by_node[each.node].push_back(otlp_span(each, found == sent.end() ? nullptr : found->second));
  }
  json::array resources;
  for (auto& [node, spans] : by_node)
    resources.push_back(json::object{
        {"resource", json::object{{"attributes", json::array{text_attribute("service.name", "parley"),
                                                             text_attribute("service.instance.id", node)}}}},
        {"scopeSpans", json::array{json::object{{"scope", json::object{{"name", "parley trace"}}},
                                                {"spans", std::move(spans)}}}}});
  return client::json_line(json::object{{"resourceSpans", std::move(resources)}}) + '\n';
}

}  // namespace parley::trace

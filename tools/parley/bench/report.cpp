#include "tools/parley/bench/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace parley::bench {

namespace json = client::json;

namespace {

/// 1234567 as 1,234,567.
std::string with_commas(std::string digits) {
  auto at = digits.find('.');
  if (at == std::string::npos) at = digits.size();
  while (at > 3 && digits[at - 4] != '-') {
    at -= 3;
    digits.insert(at, ",");
  }
  return digits;
}

std::string with_unit(std::string value, std::string_view unit) {
  return unit.empty() ? value : value + " " + std::string{unit};
}

double ms(std::int64_t ns) { return static_cast<double>(ns) / 1e6; }
double us(std::int64_t ns) { return static_cast<double>(ns) / 1e3; }

}  // namespace

void report::heading(std::string title) { lines_.push_back({{}, std::move(title)}); }

void report::text(std::string_view key, std::string label, std::string value) {
  set(key, json::value(value));
  lines_.push_back({std::move(label), std::move(value)});
}

void report::count(std::string_view key, std::string label, std::uint64_t value, std::string_view unit) {
  set(key, value);
  lines_.push_back({std::move(label), with_unit(with_commas(std::to_string(value)), unit)});
}

void report::number(std::string_view key, std::string label, std::optional<double> value, int decimals,
                    std::string_view unit) {
  if (!value || !std::isfinite(*value)) {
    set(key, nullptr);
    lines_.push_back({std::move(label), "unknown"});
    return;
  }
  set(key, *value);
  lines_.push_back(
      {std::move(label), with_unit(with_commas(fmt::format("{:.{}f}", *value, decimals)), unit)});
}

void report::latency(std::string_view key, std::string label, const histogram& values) {
  const auto path = std::string{key} + ".";
  set(path + "count", values.count());
  set(path + "p50_us", us(values.percentile_ns(50)));
  set(path + "p99_us", us(values.percentile_ns(99)));
  set(path + "p999_us", us(values.percentile_ns(99.9)));
  set(path + "max_us", us(values.max_ns()));
  lines_.push_back({std::move(label), fmt::format("{:.3f} ms p50   {:.3f} p99   {:.3f} p99.9   {:.3f} max",
                                                  ms(values.percentile_ns(50)), ms(values.percentile_ns(99)),
                                                  ms(values.percentile_ns(99.9)), ms(values.max_ns()))});
}

std::string report::table() const {
  std::size_t width = 0;
  for (const auto& each : lines_) width = std::max(width, each.label.size());
  std::string text;
  for (const auto& each : lines_)
    text +=
        each.label.empty() ? each.value + "\n" : fmt::format("  {:<{}}  {}\n", each.label, width, each.value);
  return text;
}

std::string report::json() const { return client::json_line(json_); }

void report::set(std::string_view key, json::value value) {
  auto* into = &json_;
  for (auto dot = key.find('.'); dot != std::string_view::npos; dot = key.find('.')) {
    auto& inner = (*into)[{key.data(), dot}];
    into = inner.is_object() ? &inner.get_object() : &inner.emplace_object();
    key.remove_prefix(dot + 1);
  }
  (*into)[{key.data(), key.size()}] = std::move(value);
}

}  // namespace parley::bench

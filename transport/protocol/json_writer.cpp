#include "transport/protocol/json_writer.hpp"

#include <array>
#include <chrono>
#include <cstdio>

namespace parley {

namespace {

constexpr std::array<bool, 256> make_escape_table() {
  std::array<bool, 256> table{};
  for (std::size_t c = 0; c < 0x20; ++c) table[c] = true;
  table['"'] = table['\\'] = true;
  return table;
}
constexpr auto must_escape = make_escape_table();

void escape(std::string& out, char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  constexpr char digits[] = "0123456789abcdef";
  const auto value = static_cast<unsigned char>(c);
  out += "\\u00";
  out += digits[value >> 4U];
  out += digits[value & 0xFU];
}

}  // namespace

json_writer& json_writer::text(std::string_view value) {
  out_ += '"';
  std::size_t from = 0;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (!must_escape[static_cast<unsigned char>(value[i])]) continue;
    out_.append(value.substr(from, i - from));
    escape(out_, value[i]);
    from = i + 1;
  }
  out_.append(value.substr(from));
  out_ += '"';
  return *this;
}

json_writer& json_writer::time(timestamp_ms at) {
  using namespace std::chrono;
  const sys_time<milliseconds> moment{milliseconds{at}};
  const auto day = floor<days>(moment);
  const year_month_day date{day};
  const hh_mm_ss clock{moment - day};
  std::array<char, 80> text{};
  const int size = std::snprintf(
      text.data(), text.size(), "\"%04d-%02u-%02uT%02d:%02d:%02d.%03dZ\"", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  out_.append(text.data(), static_cast<std::size_t>(size));
  return *this;
}

}  // namespace parley

#include "tools/parley/view/line_editor.hpp"

#include <algorithm>
#include <utility>

#include "tools/parley/view/safe_text.hpp"

namespace parley::view {

namespace {

constexpr char escape = '\x1b';
constexpr std::string_view paste_begin = "\x1b[200~";
constexpr std::string_view paste_end = "\x1b[201~";

constexpr char control(char letter) { return static_cast<char>(letter & 0x1f); }

/// The bytes of an escape sequence, 0 while its end is missing.
std::size_t escape_bytes(std::string_view bytes) {
  if (bytes.size() < 2) return 0;
  if (bytes[1] == 'O') return bytes.size() < 3 ? 0 : 3;
  if (bytes[1] != '[') return 2;
  for (std::size_t i = 2; i < bytes.size(); ++i) {
    if (bytes[i] >= 0x40 && bytes[i] <= 0x7e) return i + 1;
    if (i > 16) return i + 1;
  }
  return 0;
}

}  // namespace

std::vector<key_event> line_editor::feed(std::string_view bytes) {
  std::vector<key_event> events;
  rest_ += bytes;
  const auto all = std::exchange(rest_, {});
  std::string_view left{all};
  while (!left.empty()) {
    const auto taken = take_key(left, events);
    if (taken == 0) break;
    left.remove_prefix(taken);
  }
  rest_ = left;
  return events;
}

std::size_t line_editor::take_key(std::string_view bytes, std::vector<key_event>& events) {
  const char first = bytes.front();
  if (first == escape) return take_escape(bytes);
  if (is_pasting_ && (first == '\r' || first == '\n')) {
    insert("\n");
    // A terminal pastes a line end as \r; some keep \r\n.
    return first == '\r' && bytes.size() > 1 && bytes[1] == '\n' ? 2 : 1;
  }
  if (static_cast<unsigned char>(first) < 0x20 || first == 0x7f) {
    if (!is_pasting_) take_control(first, events);
    return 1;
  }
  const auto point = first_code_point(bytes);
  // At most three bytes may still be on their way.
  if (!point.is_valid && static_cast<unsigned char>(first) >= 0xc2 && bytes.size() < 4) {
    const auto only_tail = std::all_of(bytes.begin() + 1, bytes.end(), [](char each) {
      return (static_cast<unsigned char>(each) & 0xc0U) == 0x80U;
    });
    if (only_tail) return 0;
  }
  if (point.is_valid) insert(bytes.substr(0, point.bytes));
  return point.bytes;
}

std::size_t line_editor::take_escape(std::string_view bytes) {
  const auto length = escape_bytes(bytes);
  if (length == 0) return 0;
  const auto sequence = bytes.substr(0, length);
  if (sequence == paste_begin) is_pasting_ = true;
  if (sequence == paste_end) is_pasting_ = false;
  if (is_pasting_ || length < 3) return length;
  switch (sequence.back()) {
    case 'A':
      look_back(-1);
      break;
    case 'B':
      look_back(1);
      break;
    case 'C':
      cursor_ = after(cursor_);
      break;
    case 'D':
      cursor_ = before(cursor_);
      break;
    case 'H':
      cursor_ = 0;
      break;
    case 'F':
      cursor_ = text_.size();
      break;
    case '~':
      if (sequence == "\x1b[3~") text_.erase(cursor_, after(cursor_) - cursor_);
      if (sequence == "\x1b[1~" || sequence == "\x1b[7~") cursor_ = 0;
      if (sequence == "\x1b[4~" || sequence == "\x1b[8~") cursor_ = text_.size();
      break;
    default:
      break;
  }
  return length;
}

void line_editor::take_control(char key, std::vector<key_event>& events) {
  using kind = key_event::kind;
  if (key == '\r' || key == '\n') return enter(events);
  if (key == 0x7f || key == control('h')) return erase_to(before(cursor_));
  if (key == control('c')) return events.push_back({kind::interrupt, {}});
  if (key == control('z')) return events.push_back({kind::suspend, {}});
  if (key == control('l')) return events.push_back({kind::clear, {}});
  if (key == control('d')) {
    if (text_.empty()) return events.push_back({kind::end, {}});
    text_.erase(cursor_, after(cursor_) - cursor_);
  }
  if (key == control('a')) cursor_ = 0;
  if (key == control('e')) cursor_ = text_.size();
  if (key == control('b')) cursor_ = before(cursor_);
  if (key == control('f')) cursor_ = after(cursor_);
  if (key == control('k')) text_.erase(cursor_);
  if (key == control('u')) erase_to(0);
  if (key == control('w')) erase_to(word_before());
  if (key == control('p')) look_back(-1);
  if (key == control('n')) look_back(1);
}

void line_editor::insert(std::string_view text) {
  if (text_.size() + text.size() > text_bytes_max) return;
  text_.insert(cursor_, text);
  cursor_ += text.size();
}

void line_editor::enter(std::vector<key_event>& events) {
  events.push_back({key_event::kind::line, text_});
  if (!text_.empty() && (earlier_.empty() || earlier_.back() != text_)) earlier_.push_back(text_);
  if (earlier_.size() > earlier_max) earlier_.pop_front();
  looking_at_ = earlier_.size();
  text_.clear();
  cursor_ = 0;
}

void line_editor::erase_to(std::size_t place) {
  text_.erase(place, cursor_ - place);
  cursor_ = place;
}

void line_editor::look_back(int by) {
  if ((by < 0 && looking_at_ == 0) || (by > 0 && looking_at_ >= earlier_.size())) return;
  if (looking_at_ == earlier_.size()) written_ = text_;
  looking_at_ = by < 0 ? looking_at_ - 1 : looking_at_ + 1;
  text_ = looking_at_ == earlier_.size() ? written_ : earlier_[looking_at_];
  cursor_ = text_.size();
}

std::size_t line_editor::before(std::size_t place) const {
  if (place == 0) return 0;
  --place;
  while (place > 0 && (static_cast<unsigned char>(text_[place]) & 0xc0U) == 0x80U) --place;
  return place;
}

std::size_t line_editor::after(std::size_t place) const {
  return place >= text_.size() ? text_.size()
                               : place + first_code_point(std::string_view{text_}.substr(place)).bytes;
}

std::size_t line_editor::word_before() const {
  auto place = cursor_;
  while (place > 0 && text_[place - 1] == ' ') --place;
  while (place > 0 && text_[place - 1] != ' ') --place;
  return place;
}

line_editor::row line_editor::render(int columns) const {
  // What is before the cursor, as much of it as fits beside the cursor itself; then what follows.
  const auto shown = [this](std::size_t from, std::size_t to) {
    auto part = text_.substr(from, to - from);
    for (std::size_t at = part.find('\n'); at != std::string::npos; at = part.find('\n', at))
      part.replace(at, 1, "\xE2\x86\xB5");
    return part;
  };
  row made;
  auto begin = cursor_;
  while (begin > 0) {
    const auto earlier = before(begin);
    const auto width = columns_of(shown(earlier, begin));
    if (made.cursor + width >= columns) break;
    made.cursor += width;
    begin = earlier;
  }
  auto end = cursor_;
  auto used = made.cursor;
  while (end < text_.size()) {
    const auto later = after(end);
    used += columns_of(shown(end, later));
    if (used >= columns) break;
    end = later;
  }
  made.text = shown(begin, end);
  return made;
}

}  // namespace parley::view

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace parley {

/// How long a browser may keep a file without asking.
enum class page_keeping : std::uint8_t {
  revalidate,  // asks each time, and is told when nothing has changed
  forever,     // its path names its content, so other content has another path
};

/// A file that the node serves as it is: bytes that live as long as the program.
struct page_file {
  std::string_view path;  // "/", "/assets/page-0123456789abcdef.js"
  std::string_view type;  // the Content-Type
  page_keeping keeping = page_keeping::revalidate;
  std::string_view bytes;
};

/// The answer to a request for a page, without the words of any HTTP library.
struct page_answer {
  bool is_modified = true;  // false: 304, the asker holds these bytes already
  std::string_view bytes;   // empty when not modified
  std::vector<std::pair<std::string_view, std::string>> headers;
};

/// What the policy of a page allows: what the node itself serves, and nothing else from anywhere.
std::string_view content_security_policy();

/// The pages of a node, by path.
class page_set {
public:
  page_set() = default;
  explicit page_set(std::span<const page_file> files);

  /// Nothing when there is no page at this path. `if_none_match`: the header as received, or empty.
  [[nodiscard]] std::optional<page_answer> find(std::string_view path, std::string_view if_none_match) const;

private:
  struct entry {
    page_file file;
    std::string tag;
  };
  std::vector<entry> entries_;  // ordered by path
};

}  // namespace parley

#pragma once

#include <string>
#include <string_view>

namespace parley::topology {

/// Text for XML 1.0, between tags and inside attributes of either quote. What XML cannot hold (NUL, most
/// controls, U+FFFE, malformed UTF-8) becomes U+FFFD; what could command a terminal becomes a reference.
std::string xml_text(std::string_view text);

/// A quoted id or label of Graphviz. Line ends become `\n`, other controls U+FFFD; different texts stay
/// different ids.
std::string dot_text(std::string_view text);

/// A cell by RFC 4180, quoted where it must be. A text that a spreadsheet would take for a formula (it begins
/// with = + - @ or a control) gets an apostrophe before it; NUL and other controls become U+FFFD.
std::string csv_cell(std::string_view text);

}  // namespace parley::topology

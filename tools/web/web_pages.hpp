#pragma once

#include <span>

#include "transport/pages/page_set.hpp"

namespace parley {

/// The chat page and the topology page, bundled when the program was built.
std::span<const page_file> web_pages();

}  // namespace parley

#pragma once

#include <string_view>

namespace parley::experiment {

/// The report's page with its scripts and styles inside; the data of an experiment, as JSON without `<`, goes
/// where `{{data}}` stands, and its title, with what HTML needs escaped, where `{{title}}` does. Made by
/// tools/web/build.mjs.
std::string_view report_page();

}  // namespace parley::experiment

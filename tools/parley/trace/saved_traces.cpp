#include "tools/parley/trace/saved_traces.hpp"

#include <fmt/format.h>

#include <boost/json/parser.hpp>
#include <boost/system/error_code.hpp>

#include "tools/parley/topology/whole_file.hpp"

namespace parley::trace {

using client::outcome;
using client::problem;
using client::trouble;

outcome<collection> saved_traces(const std::string& file) {
  const auto text = topology::whole_file(file == "-" ? "/dev/stdin" : file);
  if (text.has_error()) return text.error();
  boost::json::parser in;
  boost::system::error_code failed;
  const auto read = in.write_some({text->data(), text->size()}, failed);
  if (!failed && text->find_first_not_of(" \t\r\n", read) != std::string::npos)
    return problem{trouble::failed, fmt::format("{}: more follows after the traces at byte {}", file, read)};
  if (failed)
    return problem{
        trouble::failed,
        fmt::format("{} holds no traces: at byte {}: {}; what parley trace --format json wrote is read", file,
                    read, failed.message())};
  auto out = read_collection(in.release());
  if (out.has_error())
    return problem{trouble::failed,
                   fmt::format("{} holds no traces: {}; what parley trace --format json wrote is read", file,
                               out.error().message)};
  return out;
}

}  // namespace parley::trace

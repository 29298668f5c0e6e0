# Writes FILE, which says the commit of SOURCE, unless it says that already. No git, no commit.
execute_process(COMMAND git describe --always --abbrev=12 --dirty --exclude=* WORKING_DIRECTORY ${SOURCE}
  OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
if(failed)
  set(commit "")
endif()
set(text "// Made by tools/parley/experiment/commit.cmake.
#include \"tools/parley/experiment/built_commit.hpp\"

namespace parley::experiment {

std::string_view built_commit() { return \"${commit}\"; }

}  // namespace parley::experiment
")
if(EXISTS ${FILE})
  file(READ ${FILE} before)
endif()
if(NOT "${before}" STREQUAL "${text}")
  file(WRITE ${FILE} "${text}")
endif()

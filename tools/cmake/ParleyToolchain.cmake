# How everything is compiled: warnings, sanitizers, and faster tools where they are installed.

option(PARLEY_WARNINGS_AS_ERRORS "Treat every compiler warning as an error" ON)
set(PARLEY_SANITIZE "" CACHE STRING "Sanitizers, comma-separated: address,undefined or thread")

option(PARLEY_FUZZ "Build the fuzz targets of tests/fuzz (needs clang)" OFF)

add_library(parley_warnings INTERFACE)
target_compile_options(parley_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor -Wold-style-cast
  -Wcast-align -Woverloaded-virtual -Wnull-dereference -Wimplicit-fallthrough)
if(PARLEY_WARNINGS_AS_ERRORS)
  target_compile_options(parley_warnings INTERFACE -Werror)
endif()

add_compile_options(-fno-omit-frame-pointer)
if(CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
  # -O3: GCC 12 vectorises the counting of code points only there. -g1: stack traces, without the weight.
  set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O3 -g1 -DNDEBUG")
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Debug")
  set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1")
endif()

if(PARLEY_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
  # Warnings are GCC's here.
  target_compile_options(parley_warnings INTERFACE -w)
endif()

if(PARLEY_SANITIZE)
  add_compile_options(-fsanitize=${PARLEY_SANITIZE})
  add_link_options(-fsanitize=${PARLEY_SANITIZE})
  if(PARLEY_SANITIZE MATCHES "undefined")
    # CAF's headers bind references to null in unevaluated places. vptr would need CAF's own type
    # information, which Debian's build does not export. The last three check every access to memory, which
    # AddressSanitizer does too, and take the compiler 29 % of its time.
    add_compile_options(-fno-sanitize=null,vptr,object-size,alignment,pointer-overflow -fno-sanitize-recover=undefined)
  endif()
  if(PARLEY_SANITIZE MATCHES "thread")
    # GCC's ThreadSanitizer knows no fences; Asio's are beside its mutexes, which it knows.
    add_compile_definitions(BOOST_ASIO_DISABLE_FENCED_BLOCK)
    target_compile_options(parley_warnings INTERFACE -Wno-tsan)
  endif()
  # Inlined code of sanitized headers sets off this warning falsely in GCC 12.
  target_compile_options(parley_warnings INTERFACE -Wno-null-dereference -Wno-maybe-uninitialized)
endif()
# GCC 12 reports null dereferences and uninitialised members inside inlined library headers at -O3.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(parley_warnings INTERFACE -Wno-null-dereference -Wno-maybe-uninitialized
    -Wno-restrict -Wno-stringop-overflow -Wno-array-bounds)
endif()

if(CMAKE_UNITY_BUILD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Tests have fixtures in anonymous namespaces; GCC takes the files it is given together for headers.
  target_compile_options(parley_warnings INTERFACE -Wno-subobject-linkage)
endif()

find_program(PARLEY_CCACHE ccache)
if(PARLEY_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${PARLEY_CCACHE})
endif()
find_program(PARLEY_MOLD mold)
if(PARLEY_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

# Finds Debian's libpqxx through its pkg-config file. Defines libpqxx::pqxx.
find_package(PkgConfig REQUIRED)
pkg_check_modules(LIBPQXX QUIET IMPORTED_TARGET libpqxx)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(libpqxx REQUIRED_VARS LIBPQXX_LINK_LIBRARIES VERSION_VAR LIBPQXX_VERSION)
if(libpqxx_FOUND AND NOT TARGET libpqxx::pqxx)
  add_library(libpqxx::pqxx INTERFACE IMPORTED)
  set_property(TARGET libpqxx::pqxx PROPERTY INTERFACE_LINK_LIBRARIES PkgConfig::LIBPQXX)
  # libpqxx 6.4's headers use features that C++17 removed (auto_ptr and exception specifications are
  # guarded by these).
  set_property(TARGET libpqxx::pqxx PROPERTY INTERFACE_SYSTEM_INCLUDE_DIRECTORIES "${LIBPQXX_INCLUDE_DIRS}")
endif()

# The Debian package: `cpack -B OUT` in a build folder of the preset `release` writes OUT/parley_*.deb.
include(GNUInstallDirs)

install(TARGETS parleyd parley RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES config/systemd/parley.service DESTINATION lib/systemd/system)
install(FILES config/debian/parley.yaml DESTINATION /etc/parley)
install(FILES README.md CHANGELOG.md ARCHITECTURE.md config/OPERATIONS.md config/example.yaml
              transport/protocol/REFERENCE.md
  DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/parley)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/parley RENAME copyright)
install(DIRECTORY config/dashboards DESTINATION ${CMAKE_INSTALL_DATADIR}/parley OPTIONAL)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME parley)
set(CPACK_PACKAGE_VENDOR Parley)
set(CPACK_PACKAGE_CONTACT "The maintainers of Parley <parley@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "chat routing engine on PostgreSQL")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "A node of Parley: 1-to-1 and group chat over WebSocket and HTTP.
Every message is committed in PostgreSQL before anybody sees it, exists once and has
its place in one order. Installs the node (parleyd) as a service and the command line
(parley). Without another PostgreSQL the node runs one of its own in /var/lib/parley.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "postgresql-15, adduser, init-system-helpers (>= 1.54)")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  "${PROJECT_SOURCE_DIR}/config/debian/preinst;${PROJECT_SOURCE_DIR}/config/debian/postinst;${PROJECT_SOURCE_DIR}/config/debian/prerm;${PROJECT_SOURCE_DIR}/config/debian/postrm;${PROJECT_SOURCE_DIR}/config/debian/conffiles")
include(CPack)

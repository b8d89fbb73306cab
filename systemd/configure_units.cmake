# Fills in the paths of the unit files; read by `cmake --install` (see CMakeLists.txt beside this file).
foreach(dir BINDIR DATADIR DOCDIR)
  cmake_path(ABSOLUTE_PATH CMAKE_INSTALL_${dir} BASE_DIRECTORY "${CMAKE_INSTALL_PREFIX}" NORMALIZE
             OUTPUT_VARIABLE CMAKE_INSTALL_FULL_${dir})
endforeach()

# A daemon's settings lie in /etc whatever the prefix: that's where ConfigurationDirectory= makes its folder.
set(GIRO_CONFIG_DIR "/etc/giro")
set(GIRO_DATA_DIR "${CMAKE_INSTALL_FULL_DATADIR}/giro")
set(GIRO_GIROD "${CMAKE_INSTALL_FULL_BINDIR}/girod")
set(GIRO_CLI "${CMAKE_INSTALL_FULL_BINDIR}/giro")
# It isn't Giro's: systemd looks for it in /usr/local/bin, then in /usr/bin.
set(GIRO_ETCD "etcd")

foreach(file girod.service girod.socket girod-http.socket giro-relay.service giro-backup@.service
             giro-checkpoint.service giro-etcd.service giro.tmpfiles)
  configure_file("${GIRO_UNITS_SOURCE_DIR}/${file}.in" "${GIRO_UNITS_BINARY_DIR}/${file}" @ONLY)
endforeach()

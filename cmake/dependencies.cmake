# Everything Giro stands on, all of it from Debian's packages (`./dev` installs them).
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(simdjson REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(CLI11 REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_package(PkgConfig REQUIRED)
pkg_check_modules(SYSTEMD REQUIRED IMPORTED_TARGET libsystemd)
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium)

if(GIRO_SQLITE_DIR)
  add_library(giro_sqlite STATIC ${GIRO_SQLITE_DIR}/sqlite3.c)
  target_include_directories(giro_sqlite SYSTEM PUBLIC ${GIRO_SQLITE_DIR})
  # THREADSAFE=2: one connection a thread, which is all that Giro ever does.
  target_compile_definitions(
    giro_sqlite PRIVATE SQLITE_THREADSAFE=2 SQLITE_DEFAULT_MEMSTATUS=0 SQLITE_OMIT_SHARED_CACHE SQLITE_USE_ALLOCA
                        SQLITE_DQS=0 SQLITE_ENABLE_COLUMN_METADATA)
  target_compile_options(giro_sqlite PRIVATE -O2 -w)
  target_link_libraries(giro_sqlite PUBLIC Threads::Threads ${CMAKE_DL_LIBS})
else()
  find_package(SQLite3 REQUIRED)
  add_library(giro_sqlite INTERFACE)
  target_link_libraries(giro_sqlite INTERFACE SQLite::SQLite3)
endif()

# Debian's SQLiteCpp is a static library that names no SQLite of its own, so it links with either.
find_library(SQLITECPP_LIBRARY SQLiteCpp REQUIRED)
find_path(SQLITECPP_INCLUDE_DIR SQLiteCpp/SQLiteCpp.h REQUIRED)
add_library(giro_sqlitecpp INTERFACE)
target_include_directories(giro_sqlitecpp SYSTEM INTERFACE ${SQLITECPP_INCLUDE_DIR})
target_link_libraries(giro_sqlitecpp INTERFACE ${SQLITECPP_LIBRARY} giro_sqlite)

# What the daemon and every client share: where things are and how names are read (giro_paths); and a connection to the
# daemon (giro_client).
add_library(giro_paths STATIC ${CMAKE_CURRENT_LIST_DIR}/nearest_name.cpp ${CMAKE_CURRENT_LIST_DIR}/paths.cpp
                              ${CMAKE_CURRENT_LIST_DIR}/standard_descriptors.cpp)
target_link_libraries(giro_paths PUBLIC giro_options)

add_library(giro_number_text STATIC ${CMAKE_CURRENT_LIST_DIR}/number_text.cpp)
target_link_libraries(giro_number_text PUBLIC giro_options)

add_library(giro_client STATIC ${CMAKE_CURRENT_LIST_DIR}/client.cpp ${CMAKE_CURRENT_LIST_DIR}/server_trust.cpp)
target_link_libraries(giro_client PUBLIC giro_options giro_number_text Boost::json)

-- The tables as every cascade finds them.
CALL restore_scenario();
VACUUM (FREEZE, ANALYZE) tb_dns_server, v_dns_server, tv_network_configuration, tv_allocation;
CHECKPOINT;

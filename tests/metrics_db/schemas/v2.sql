CREATE TABLE schema_version (
	version INTEGER NOT NULL,
	PRIMARY KEY (version)
);
CREATE TABLE runs (
	run_id VARCHAR(36) NOT NULL,
	sweep_id VARCHAR(36),
	name TEXT NOT NULL,
	cell TEXT NOT NULL,
	mlflow_run_id VARCHAR(64),
	config_json TEXT NOT NULL,
	cell_key VARCHAR(64) NOT NULL,
	score TEXT,
	seed BIGINT NOT NULL,
	versions_json TEXT NOT NULL,
	git_commit VARCHAR(64),
	host TEXT,
	status VARCHAR(16) NOT NULL,
	error_message TEXT,
	started_at DATETIME NOT NULL,
	ended_at DATETIME,
	loop_lag_p99_ms FLOAT,
	client_bound BOOLEAN,
	PRIMARY KEY (run_id)
);
CREATE TABLE prompts (
	sha256 VARCHAR(64) NOT NULL,
	text TEXT NOT NULL,
	PRIMARY KEY (sha256)
);
CREATE TABLE prices (
	price_id VARCHAR(64) NOT NULL,
	block TEXT NOT NULL,
	source TEXT NOT NULL,
	PRIMARY KEY (price_id)
);
CREATE TABLE requests (
	request_id VARCHAR(36) NOT NULL,
	run_id VARCHAR(36),
	ts DATETIME NOT NULL,
	provider TEXT NOT NULL,
	model TEXT NOT NULL,
	prompt_id TEXT NOT NULL,
	category TEXT,
	repeat INTEGER NOT NULL,
	prompt_sha256 VARCHAR(64) NOT NULL,
	role VARCHAR(16) NOT NULL,
	reference TEXT,
	params_json TEXT NOT NULL,
	latency_ms FLOAT,
	queue_ms FLOAT,
	backoff_ms FLOAT,
	attempts INTEGER NOT NULL,
	status VARCHAR(16) NOT NULL,
	error_type TEXT,
	error_message TEXT,
	from_cache BOOLEAN NOT NULL,
	cache_key VARCHAR(64),
	PRIMARY KEY (request_id),
	FOREIGN KEY(run_id) REFERENCES runs (run_id),
	FOREIGN KEY(prompt_sha256) REFERENCES prompts (sha256)
);
CREATE TABLE responses (
	request_id VARCHAR(36) NOT NULL,
	response TEXT NOT NULL,
	response_sha256 VARCHAR(64),
	response_model TEXT,
	service_tier TEXT,
	finish_reason TEXT,
	provider_request_id TEXT,
	usage_tokens_in BIGINT,
	usage_tokens_out BIGINT,
	usage_tokens_cached BIGINT,
	usage_tokens_cache_write BIGINT,
	usage_tokens_cache_write_1h BIGINT,
	usage_tokens_reasoning BIGINT,
	usage_web_searches BIGINT,
	usage_source VARCHAR(16) NOT NULL,
	raw_usage_json TEXT,
	ttft_ms FLOAT,
	cost_pico_usd BIGINT,
	cost_usd DOUBLE GENERATED ALWAYS AS (cost_pico_usd / 1e12) STORED,
	cost_status VARCHAR(16) NOT NULL,
	cost_reason TEXT,
	cost_basis VARCHAR(16),
	price_id VARCHAR(64),
	saved_pico_usd BIGINT,
	provider_cost_usd DOUBLE,
	quality_proxy DOUBLE,
	PRIMARY KEY (request_id),
	FOREIGN KEY(request_id) REFERENCES requests (request_id),
	FOREIGN KEY(price_id) REFERENCES prices (price_id)
);
CREATE TABLE attempts (
	request_id VARCHAR(36) NOT NULL,
	attempt INTEGER NOT NULL,
	ts DATETIME NOT NULL,
	service_ms FLOAT NOT NULL,
	ttft_ms FLOAT,
	http_status INTEGER,
	error_type TEXT,
	retry_after_s FLOAT,
	usage_json TEXT,
	cost_pico_usd BIGINT,
	PRIMARY KEY (request_id, attempt),
	FOREIGN KEY(request_id) REFERENCES requests (request_id)
);
CREATE TABLE scores (
	request_id VARCHAR(36) NOT NULL,
	scorer VARCHAR(200) NOT NULL,
	version VARCHAR(40) NOT NULL,
	value DOUBLE,
	explanation TEXT,
	judge_request_id VARCHAR(36),
	PRIMARY KEY (request_id, scorer, version),
	FOREIGN KEY(request_id) REFERENCES requests (request_id)
);
CREATE INDEX ix_runs_sweep_id ON runs (sweep_id);
CREATE INDEX ix_requests_run_id ON requests (run_id);
CREATE INDEX ix_requests_cache_key ON requests (cache_key);
INSERT INTO schema_version VALUES (2);

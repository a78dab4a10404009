"""When things run: Prefect flows over the stages. They hold schedules and retries, and decide nothing about data."""

"""Where calls are kept between two events: sealed, durable, and gone when they are over."""

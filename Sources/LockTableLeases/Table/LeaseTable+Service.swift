#if ServiceLifecycle
  public import ServiceLifecycle

  // Its run also ends when the service group shuts down gracefully.
  extension LeaseTable: Service {}
#endif

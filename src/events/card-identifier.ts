/**
 * The system of the identifier that tells which card an order came from; its value is the uuid of the
 * card. It says nothing about the arm.
 */
export const cardIdentifierSystem = 'urn:rapidcycle:card';
